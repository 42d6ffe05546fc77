using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Http.Identity;

namespace RedPacket.Demo;

/// <summary>
/// The demo does not check identities. Programs send a header, browsers a cookie that pages of other sites cannot use,
/// both from this machine only. In a demo that is open to the network a user's cookie also counts from outside, but
/// never an operator's. Bearer tokens work as they do in the service.
/// </summary>
internal static class DemoIdentity
{
    private const string DefaultScheme = "Demo";

    /// <summary>The header with the user's id, and the name of the scheme that reads header and cookies.</summary>
    private const string Header = "X-User-Id";
    private const string UserCookie = "redpacket-demo-user";
    private const string OperatorCookie = "redpacket-demo-operator";
    private static readonly string[] s_proxyHeaders = ["Forwarded", "Via", "X-Real-IP"];
    private static readonly Problem s_nobody = new(401, EdgeProblems.Unauthenticated.Code,
        "Send the header X-User-Id with any name, from this machine. Operators also send X-Role: operator. A browser chooses a name "
        + "on the pages. A token (Authorization: Bearer) works when Jwt:SigningKeys is set.");
    private static readonly CookieOptions s_cookie = new() { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true };

    public static void AddDemoIdentity(this WebApplicationBuilder builder)
    {
        // The framework would log a line for each call without a name.
        builder.Logging.AddFilter(typeof(DemoIdentity).FullName, LogLevel.Warning);
        builder.Services.AddAuthentication(DefaultScheme)
            .AddPolicyScheme(DefaultScheme, null, scheme => scheme.ForwardDefaultSelector = context =>
                HasToken(context.Request) ? JwtBearerDefaults.AuthenticationScheme : Header)
            .AddScheme<AuthenticationSchemeOptions, DemoAuthenticationHandler>(Header, null);
        builder.Services.PostConfigure<AuthenticationOptions>(options => options.DefaultScheme = DefaultScheme);
        builder.Services.AddSingleton(services =>
        {
            var tokens = services.GetRequiredService<TokenCache>();
            return new KnownCallers(
                DefaultScheme, context => HasToken(context.Request) ? tokens.CallerOf(context) : NamedInHeader(context));
        });

        // The service needs a signing key to start. Nobody knows this random one, so tokens work only if the settings
        // name a key.
        var key = new Dictionary<string, string?> { ["Jwt:SigningKeys:0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) };
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = key });
    }

    /// <summary>
    /// True for calls from this machine. A proxy or tunnel on this machine may carry calls from anywhere.
    /// </summary>
    public static bool IsLocal(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !CameByProxy(context.Request.Headers);

    /// <summary>True for a caller with a user's cookie or header.</summary>
    public static bool HasName(this HttpContext context) =>
        context.Request.Cookies.ContainsKey(UserCookie) || context.Request.Headers.ContainsKey(Header);

    /// <summary>From now on this browser calls as the user, from pages of this host only.</summary>
    public static void SignIn(HttpContext context, string userId, bool asOperator)
    {
        context.Response.Cookies.Append(UserCookie, userId, s_cookie);
        if (asOperator)
            context.Response.Cookies.Append(OperatorCookie, context.RequestServices.GetRequiredService<OperatorSecret>().Text, s_cookie);
        else
            context.Response.Cookies.Delete(OperatorCookie, s_cookie);
    }

    /// <summary>From now on this browser has no identity.</summary>
    public static void SignOut(HttpContext context)
    {
        context.Response.Cookies.Delete(UserCookie, s_cookie);
        context.Response.Cookies.Delete(OperatorCookie, s_cookie);
    }

    private static bool HasToken(HttpRequest request) => request.Headers.ContainsKey("Authorization");

    // Asked at every grab, so it is a plain loop.
    private static bool CameByProxy(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
                || s_proxyHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static ClaimsPrincipal? NamedInHeader(HttpContext context) =>
        (string?)context.Request.Headers[Header] is { } user && context.IsLocal() ? Named(user, AsksForRole(context.Request)) : null;

    private static bool AsksForRole(HttpRequest request) => request.Headers["X-Role"] == Caller.Operator;

    private static ClaimsPrincipal Named(string user, bool isOperator)
    {
        var identity = new ClaimsIdentity([new Claim(Caller.UserClaim, user)], Header, Caller.UserClaim, Caller.RoleClaim);
        if (isOperator)
            identity.AddClaim(new Claim(Caller.RoleClaim, Caller.Operator));
        return new ClaimsPrincipal(identity);
    }

    private sealed class DemoAuthenticationHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, DemoNetwork network,
        OperatorSecret secret)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var caller = NamedInHeader(Context) ?? NamedInCookie();
            return Task.FromResult(caller is null
                ? AuthenticateResult.NoResult()
                : AuthenticateResult.Success(new AuthenticationTicket(caller, Header)));
        }

        private ClaimsPrincipal? NamedInCookie()
        {
            var isLocal = Context.IsLocal();
            return (isLocal || network.IsOpen) && !IsOfAnotherPage() && Request.Cookies[UserCookie] is { } user
                ? Named(user, isLocal && (AsksForRole(Request) || secret.Is(Request.Cookies[OperatorCookie])))
                : null;
        }

        // A page of another port of this machine is of the same site, so its calls bring the cookie.
        private bool IsOfAnotherPage() =>
            !HttpMethods.IsGet(Request.Method) && (string?)Request.Headers["Sec-Fetch-Site"] is not (null or "same-origin" or "none");

        protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
            s_nobody.ExecuteAsync(Context);
    }
}
