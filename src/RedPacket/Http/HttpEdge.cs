using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace RedPacket.Http;

/// <summary>
/// The door: limits of connections, heads and bodies, and an answer in the house's form for whatever is refused before an endpoint is reached.
/// What Kestrel cannot even read as a request (a broken request line, header fields over the limit, no Host) it answers itself, with the bare status, and closes.
/// </summary>
internal static class HttpEdge
{
    /// <summary>The whole stop, streams and requests in flight included, takes less than 10 s.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(9);

    /// <summary>A burst of new connections waits here; the system's own limit (somaxconn) still applies.</summary>
    private const int Backlog = 4096;

    public static void AddHttpEdge(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<HttpOptions>().BindConfiguration(HttpOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>((kestrel, http) => Narrow(kestrel, http.Value));
        builder.WebHost.UseSockets(sockets => sockets.Backlog = Backlog);
        if (!NamesAnAddress(builder.Configuration))
            builder.WebHost.UseUrls("http://localhost:5080");

        // Binding failures are thrown in every environment, so that they are answered in one place and alike.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = s_stopLimit);
        services.AddHostedService<ShutdownDelay>();
        services.AddRateLimit();
    }

    /// <summary>Refusals around everything, then the caller's identity, then the endpoints. Call it first; endpoints are mapped after it.</summary>
    public static void UseHttpEdge(this WebApplication app)
    {
        app.UseMiddleware<EdgeMiddleware>();
        app.UseRouting();
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null)
            app.UseAuthentication();
        app.UseRateLimit();
        if (app.Services.GetService<IAuthorizationPolicyProvider>() is not null)
            app.UseAuthorization();
    }

    private static void Narrow(KestrelServerOptions kestrel, HttpOptions http)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // What an endpoint may read is Http:BodyLimit; this is what is taken off the wire, so that a refusal can be read.
        limits.MaxRequestBodySize = RefusedBody.Longest;
        limits.MaxRequestHeadersTotalSize = http.HeadersLimit;
        limits.MaxRequestLineSize = http.RequestLineLimit;
        // Kestrel wants the buffer to hold a whole line or head; it grows by pages of 4 KB, as bytes come in.
        limits.MaxRequestBufferSize = Math.Max(http.RequestLineLimit, http.HeadersLimit);
        limits.RequestHeadersTimeout = http.HeadTimeout;
        limits.MaxConcurrentConnections = http.Connections;
    }

    /// <summary>Any of the ways in which .NET lets an address be set. ASPNETCORE_ and DOTNET_ prefixes are already gone here.</summary>
    private static bool NamesAnAddress(ConfigurationManager configuration) =>
        configuration["urls"] is not null || configuration["http_ports"] is not null || configuration["https_ports"] is not null
        || configuration.GetSection("Kestrel:Endpoints").Exists();
}
