using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

namespace RedPacket.Demo;

/// <summary>Callers of the demo say who they are, and are believed: from this machine only. Bearer tokens work as they do in the service.</summary>
internal static class DemoIdentity
{
    private const string Either = "Demo";
    private const string Header = "X-User-Id";
    private const string Cookie = "redpacket-demo-operator";

    public static void AddDemoIdentity(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context =>
                context.Request.Headers.ContainsKey("Authorization") ? JwtBearerDefaults.AuthenticationScheme : Header)
            .AddScheme<AuthenticationSchemeOptions, UserHeader>(Header, null);
        builder.Services.PostConfigure<AuthenticationOptions>(options => options.DefaultScheme = Either);

        // A key that nobody knows: tokens work only where somebody has set a key of their own.
        var key = new Dictionary<string, string?> { ["Jwt:SigningKeys:0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) };
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = key });
    }

    /// <summary>For a browser, which cannot send the header: from now on it calls as an operator, from pages of this host only.</summary>
    public static void BecomeOperator(HttpContext context) =>
        context.Response.Cookies.Append(Cookie, "operator", new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });

    private sealed class UserHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var user = (string?)Request.Headers[Header] ?? Request.Cookies[Cookie];
            if (user is null || Context.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(Caller.UserClaim, user)], Header, Caller.UserClaim, Caller.RoleClaim);
            if (Request.Headers["X-Role"] == Caller.Operator || (!Request.Headers.ContainsKey(Header) && Request.Cookies.ContainsKey(Cookie)))
                identity.AddClaim(new Claim(Caller.RoleClaim, Caller.Operator));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Header)));
        }
    }
}
