using RedPacket.Http;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

namespace RedPacket.Demo;

/// <summary>
/// Callers of the demo say who they are, and are believed: programs by a header, browsers by a cookie that pages of other sites cannot use. From this machine
/// only; where the demo is open to the network, a cookie counts from outside too, for users and never for operators. Bearer tokens work as they do in the service.
/// </summary>
internal static class DemoIdentity
{
    private const string Either = "Demo";
    private const string Header = "X-User-Id";
    private const string UserCookie = "redpacket-demo-user";
    private const string OperatorCookie = "redpacket-demo-operator";
    private static readonly CookieOptions s_cookie = new() { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true };

    public static void AddDemoIdentity(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context =>
                context.Request.Headers.ContainsKey("Authorization") ? JwtBearerDefaults.AuthenticationScheme : Header)
            .AddScheme<AuthenticationSchemeOptions, DemoAuthenticationHandler>(Header, null);
        builder.Services.PostConfigure<AuthenticationOptions>(options => options.DefaultScheme = Either);

        // A key that nobody knows: tokens work only where somebody has set a key of their own.
        var key = new Dictionary<string, string?> { ["Jwt:SigningKeys:0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) };
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = key });
    }

    /// <summary>True for calls from this machine.</summary>
    public static bool IsLocal(this HttpContext context) => context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);

    /// <summary>True when it said by a cookie, or a header, who it is.</summary>
    public static bool IsNamed(this HttpContext context) => context.Request.Cookies.ContainsKey(UserCookie) || context.Request.Headers.ContainsKey(Header);

    /// <summary>From now on this browser calls as the user, from pages of this host only.</summary>
    public static void Become(HttpContext context, string userId, bool asOperator)
    {
        context.Response.Cookies.Append(UserCookie, userId, s_cookie);
        if (asOperator)
            BecomeOperator(context);
        else
            context.Response.Cookies.Delete(OperatorCookie, s_cookie);
    }

    /// <summary>From now on this browser calls as an operator; as the user of that name, unless it has another.</summary>
    public static void BecomeOperator(HttpContext context) => context.Response.Cookies.Append(OperatorCookie, Caller.Operator, s_cookie);

    /// <summary>From now on this browser is nobody.</summary>
    public static void Forget(HttpContext context)
    {
        context.Response.Cookies.Delete(UserCookie, s_cookie);
        context.Response.Cookies.Delete(OperatorCookie, s_cookie);
    }

    private sealed class DemoAuthenticationHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, DemoNetwork network)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var (local, named) = (Context.IsLocal(), (string?)Request.Headers[Header]);
            var user = local ? named ?? Request.Cookies[UserCookie] ?? Request.Cookies[OperatorCookie]
                : network.IsOpen ? Request.Cookies[UserCookie]
                : null;
            if (user is null)
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(Caller.UserClaim, user)], Header, Caller.UserClaim, Caller.RoleClaim);
            if (local && (Request.Headers["X-Role"] == Caller.Operator || (named is null && Request.Cookies.ContainsKey(OperatorCookie))))
                identity.AddClaim(new Claim(Caller.RoleClaim, Caller.Operator));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Header)));
        }
    }
}
