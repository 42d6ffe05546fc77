using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using RedPacket.Hosting;
using RedPacket.Http.Identity;
using RedPacket.Http.Limits;

namespace RedPacket.Http;

/// <summary>
/// Limits connections, heads and bodies, and answers every refusal as a <see cref="Problem"/>. Only what Kestrel cannot
/// read as a request (a broken request line, header fields over the limit, no Host) gets a bare status from Kestrel
/// itself, which then closes the connection.
/// </summary>
internal static class HttpEdge
{
    /// <summary>The whole stop, streams and requests in flight included, takes less than 10 s.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(9);

    /// <summary>A burst of new connections waits here; the system's own limit (somaxconn) still applies.</summary>
    private const int Backlog = 4096;

    private const string AnyHost = "*";

    /// <param name="address">Where it listens when the settings name no address.</param>
    public static void AddHttpEdge(this WebApplicationBuilder builder, string address = "http://localhost:5080")
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<HttpOptions>(builder.Configuration);
        services.AddSingleton<IValidateOptions<HttpOptions>, HttpCheck>();
        services.AddCors();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>(
            (kestrel, http) => WhenRight(http, right => Narrow(kestrel, right)));
        builder.WebHost.UseSockets(sockets => sockets.Backlog = Backlog);
        if (!NamesAnAddress(builder.Configuration))
            builder.WebHost.UseUrls(address);

        // Now, because the addresses for operators are added to the others next.
        services.AddMistakes([.. ListenUrls.Mistakes(builder.Configuration)]);
        if (ManagementListener.From(builder.Configuration) is { } management)
        {
            services.AddSingleton(management);
            builder.WebHost.UseUrls([.. ListenUrls.All(builder.Configuration), .. management.Urls]);
            services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>(
                (kestrel, http) => WhenRight(http, right => management.Limit(kestrel, right.Connections)));
        }

        // Binding failures are thrown in every environment, so that one place answers them, and alike.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = s_stopLimit);
        services.AddHostedService<ShutdownDelay>();
        // EdgeMiddleware checks the host and answers with a problem. The framework's own check would answer before it
        // with a page.
        services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = [AnyHost]);
        services.AddSingleton<CallerRefusals>().AddSingleton<StreamLimit>().AddSingleton<EventStreams>();
        services.AddRateLimit(builder.Configuration);
    }

    /// <summary>
    /// Refusals around everything, then the caller's identity, then the endpoints. Call it before endpoints are mapped.
    /// </summary>
    public static void UseHttpEdge(this WebApplication app)
    {
        app.UseKnownProxies();
        app.UseMiddleware<EdgeMiddleware>();
        app.Services.GetService<ManagementListener>()?.Use(app);
        app.UseRouting();
        app.UseOrigins();
        app.UseQueryCheck();
        app.UseKnownCallers();
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null)
            app.UseAuthentication();
        app.UseRateLimit();
        if (app.Services.GetService<IAuthorizationPolicyProvider>() is not null)
            app.UseAuthorization();
    }

    // Kestrel is made before all settings are checked together. A wrong one here would hide the other mistakes.
    private static void WhenRight(IOptions<HttpOptions> http, Action<HttpOptions> use)
    {
        try
        {
            use(http.Value);
        }
        catch (OptionsValidationException)
        {
            // The check refuses the start.
        }
    }

    private static void Narrow(KestrelServerOptions kestrel, HttpOptions http)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // Http:BodyLimit is for endpoints. Kestrel reads more than that, so that a client that is still writing can
        // read its refusal.
        limits.MaxRequestBodySize = RefusedBody.Longest;
        limits.MaxRequestHeadersTotalSize = http.HeadersLimit;
        limits.MaxRequestLineSize = http.RequestLineLimit;
        // Kestrel wants the buffer to hold a whole line or head. It grows by pages of 4 KB as bytes come in.
        limits.MaxRequestBufferSize = Math.Max(http.RequestLineLimit, http.HeadersLimit);
        limits.RequestHeadersTimeout = http.HeadTimeout;
        limits.KeepAliveTimeout = http.IdleTimeout;
        limits.MaxConcurrentConnections = http.Connections;
    }

    /// <summary>The names under which the service may be called; null for any.</summary>
    public static StringSegment[]? AllowedHosts(IConfiguration configuration)
    {
        var hosts = (configuration["AllowedHosts"] ?? AnyHost)
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return hosts.Length == 0 || hosts.Contains(AnyHost) ? null : [.. hosts.Select(host => new StringSegment(host))];
    }

    /// <summary>
    /// Any of the ways in which .NET lets an address be set. The prefixes ASPNETCORE_ and DOTNET_ are already gone
    /// here.
    /// </summary>
    private static bool NamesAnAddress(ConfigurationManager configuration) =>
        configuration["urls"] is not null || configuration["http_ports"] is not null || configuration["https_ports"] is not null
        || configuration.GetSection("Kestrel:Endpoints").Exists();
}
