using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>
/// Adds <see cref="JwtOptions"/> to the bearer scheme. ASP.NET Core has read its own section before (<c>dotnet
/// user-jwts</c> writes it): both count.
/// </summary>
internal sealed class BearerOptions(IOptions<JwtOptions> jwt, IssuerKeys issuer, TimeProvider clock)
    : IPostConfigureOptions<JwtBearerOptions>
{
    /// <summary>The clocks of issuer and service may differ by this much.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(5);

    /// <summary>The header <c>typ</c> of access tokens.</summary>
    private static readonly string[] s_types = ["JWT", "at+jwt", "application/at+jwt"];

    public void PostConfigure(string? name, JwtBearerOptions options)
    {
        var settings = jwt.Value;
        options.MapInboundClaims = false;
        options.SaveToken = false;
        // WWW-Authenticate would tell a stranger which check of a token failed.
        options.IncludeErrorDetails = false;
        if (settings.Authority is not null)
            options.ConfigurationManager = issuer;
        options.Events ??= new JwtBearerEvents();
        options.Events.OnTokenValidated = context =>
        {
            // RFC 7515: a header that lists what must be understood is refused, because nothing of it is.
            if (context.SecurityToken is JsonWebToken token && token.TryGetHeaderValue<object>("crit", out _))
                context.Fail("The header crit is not understood.");
            TokenClaims.Map((ClaimsIdentity)context.Principal!.Identity!, settings);
            return Task.CompletedTask;
        };
        Add(options.TokenValidationParameters, settings);
    }

    private void Add(TokenValidationParameters parameters, JwtOptions settings)
    {
        parameters.NameClaimType = Caller.UserClaim;
        parameters.RoleClaimType = Caller.RoleClaim;
        parameters.ValidateIssuer = true;
        parameters.ValidateAudience = true;
        parameters.ValidateIssuerSigningKey = true;
        parameters.ValidIssuers = [.. parameters.ValidIssuers ?? [], settings.Issuer];
        parameters.ValidAudiences = [.. parameters.ValidAudiences ?? [], settings.Audience];
        var keys = settings.SigningKeys.Select(key => new SymmetricSecurityKey(SecretKey.Read(key)));
        parameters.IssuerSigningKeys = [.. parameters.IssuerSigningKeys ?? [], .. keys];
        // By the injected clock, not the machine's. A token without an end is refused.
        parameters.LifetimeValidator = (notBefore, expires, token, _) =>
            IsNow(notBefore, expires, clock.GetUtcNow().UtcDateTime) && IsShort(token, settings.MaxLifetime, clock.GetUtcNow().UtcDateTime);
        // An ID token has its own type with some issuers. It is for the client that asked for it, and not for this
        // service.
        parameters.TypeValidator = (type, _, _) => type is null || s_types.Contains(type, StringComparer.OrdinalIgnoreCase)
            ? type
            : throw new SecurityTokenInvalidTypeException($"The type {type} is not that of an access token.") { InvalidType = type };
    }

    // A time of issue that is still to come would hide a long life.
    private static bool IsShort(SecurityToken token, TimeSpan longest, DateTime now) => longest == TimeSpan.Zero
        || token.ValidTo - (Issued(token) is var issued && issued < now ? issued : now) <= longest;

    // A token that does not say when it was issued counts from when it is valid.
    private static DateTime Issued(SecurityToken token) =>
        token is JsonWebToken { IssuedAt: var issued } && issued != DateTime.MinValue ? issued : token.ValidFrom;

    private static bool IsNow(DateTime? notBefore, DateTime? expires, DateTime now) =>
        expires is { } end && now < end + s_skew && (notBefore is not { } start || now > start - s_skew);
}
