using System.Security.Cryptography;
using Scalar.AspNetCore;

namespace RedPacket.Http;

/// <summary>
/// <c>/scalar</c>: the API to read and try, in the browser, offline. The service itself serves the script. Fonts,
/// telemetry and everything else that would ask another host is switched off, and the page's policy would stop it.
/// </summary>
internal static class ScalarPage
{
    /// <summary>
    /// Scalar styles its elements in place, hence unsafe-inline for styles. A script needs the nonce, or comes from
    /// here.
    /// </summary>
    private static string Policy(string nonce) =>
        $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        + "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapScalarPage(this IEndpointRouteBuilder app) =>
        app.MapScalarApiReference("/scalar", (options, context) =>
        {
            var nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            context.Response.Headers.ContentSecurityPolicy = Policy(nonce);
            options.WithTitle("RedPacket").WithOpenApiRoutePattern(OpenApiSetup.Address).WithNonce(nonce)
                .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
        }).AllowAnonymous().ExcludeFromDescription();
}
