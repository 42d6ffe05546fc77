using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Http.Identity;

/// <summary>
/// Adds <see cref="JwtOptions"/> to the bearer scheme. ASP.NET Core has read its own section before (<c>dotnet user-jwts</c> writes it):
/// both count.
/// </summary>
internal sealed class BearerOptions(IOptions<JwtOptions> jwt, TimeProvider clock) : IPostConfigureOptions<JwtBearerOptions>
{
    /// <summary>The clocks of issuer and service may differ by this much.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(5);

    public void PostConfigure(string? name, JwtBearerOptions options)
    {
        var settings = jwt.Value;
        options.MapInboundClaims = false;
        options.SaveToken = false;
        // WWW-Authenticate would tell a stranger which check of a token failed.
        options.IncludeErrorDetails = false;
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
        var keys = settings.SigningKeys.Select(key => new SymmetricSecurityKey(JwtOptions.ReadKey(key)));
        parameters.IssuerSigningKeys = [.. parameters.IssuerSigningKeys ?? [], .. keys];
        // By the injected clock, not the machine's. A token without an end is refused.
        parameters.LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires, clock.GetUtcNow().UtcDateTime);
    }

    private static bool IsNow(DateTime? notBefore, DateTime? expires, DateTime now) =>
        expires is { } end && now < end + s_skew && (notBefore is not { } start || now > start - s_skew);
}
