using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using IPNetwork = System.Net.IPNetwork;

namespace RedPacket.Http;

/// <summary>What a proxy in front says of its clients, and which pages of other origins may call.</summary>
internal static class Proxies
{
    private static readonly char[] s_commas = [',', ' '];

    /// <summary>
    /// The path of the service, and what known proxies say. Adds nothing where the settings name neither.
    /// </summary>
    public static void UseKnownProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.PathBase is { Length: > 0 } pathBase)
            app.UsePathBase(pathBase);
        var networks = Networks(app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.KnownProxies);
        if (networks.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All, ForwardLimit = null };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var network in networks)
            options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
        // A path that begins with two slashes is the address of another host in a link.
        app.Use(next => context =>
        {
            if (context.Request.PathBase.Value is ['/', '/' or '\\', ..])
                context.Request.PathBase = PathString.Empty;
            return next(context);
        });
    }

    /// <summary>
    /// The calls that other origins may make. A bearer token is sent by hand, so no cookie is ever allowed.
    /// </summary>
    public static void UseOrigins(this WebApplication app)
    {
        var setting = app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.CorsOrigins;
        string[] origins = [.. Parts(setting).Select(origin => origin.TrimEnd('/'))];
        if (origins.Length > 0)
            app.UseCors(policy => policy.WithOrigins(origins).WithMethods("GET", "HEAD", "POST")
                .WithHeaders("Authorization", "Content-Type", IdempotencyHeaders.Key)
                .WithExposedHeaders("Location", "Retry-After", "Content-Disposition", IdempotencyHeaders.Replayed, "RateLimit-Limit",
                    "RateLimit-Remaining", "RateLimit-Reset").SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
    }

    /// <summary>A line for each proxy that is neither an address nor a network, and each origin that is none.</summary>
    public static IEnumerable<string> Mistakes(HttpOptions options) =>
        Parts(options.KnownProxies).Where(text => Network(text) is null)
            .Select(text => "Http:KnownProxies takes addresses such as 10.0.0.7 or networks such as 10.0.0.0/8; "
                + $"it was {StartError.Quoted(text)}.")
            .Concat(Parts(options.CorsOrigins).Where(origin => origin == "*" ? Parts(options.CorsOrigins).Length > 1 : !IsOrigin(origin))
                .Select(origin => "Http:CorsOrigins takes origins such as https://shop.example.org, or * alone; "
                    + $"it was {StartError.Quoted(origin)}."));

    private static List<IPNetwork> Networks(string text) => [.. Parts(text).Select(Network).OfType<IPNetwork>()];

    private static IPNetwork? Network(string text) => IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Scheme is "http" or "https"
        && text.TrimEnd('/') == origin.GetLeftPart(UriPartial.Authority);

    private static string[] Parts(string text) => text.Split(s_commas, StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Refuses a start with proxies or origins that cannot be read.</summary>
internal sealed class HttpCheck : IValidateOptions<HttpOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        string[] mistakes = [.. Proxies.Mistakes(options)];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
