using System.Collections.Frozen;
using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Limits;
using Yarp.ReverseProxy.Forwarder;

namespace RedPacket.Operations;

/// <summary>
/// Sends a call of a role that this process lacks to a process that has it. The call goes one hop and no further: a
/// call that comes forwarded is not forwarded again.
/// </summary>
internal sealed class RoleForwarder : IDisposable
{
    /// <summary>Marks a forwarded call. A caller that sets it is only told which role is missing.</summary>
    public const string Hop = "RedPacket-Hop";

    /// <summary>The name of the subscribers' program where a role is expected. It is no role.</summary>
    public const string Subscribers = "subscribers";

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(2);

    // They read small tables. A program that hangs must not fill the connections of browsers.
    private static readonly ForwarderRequestConfig s_subscriberLimits =
        new() { Version = HttpVersion.Version11, ActivityTimeout = TimeSpan.FromSeconds(5) };
    private readonly IHttpForwarder _forwarder;
    private readonly ForwardOptions _options;
    private readonly ProcessRoles _roles;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker _client;
    private readonly ForwarderRequestConfig _limits;
    private readonly BearerOnly _passed;
    private readonly FrozenDictionary<string, PeerState> _peers;

    public RoleForwarder(IHttpForwarder forwarder, IOptions<ForwardOptions> options, IOptions<HttpOptions> http,
        ProcessRoles roles, IHostApplicationLifetime lifetime, ILogger<RoleForwarder> logger)
    {
        _passed = new BearerOnly(http.Value.PathBase, lifetime.ApplicationStopping);
        (_forwarder, _options, _roles, _logger) = (forwarder, options.Value, roles, logger);
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = s_connect,
            // A peer may come back at another address of the same name.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        });
        _limits = new ForwarderRequestConfig { Version = HttpVersion.Version11, ActivityTimeout = _options.Timeout };
        _peers = ProcessRoles.Calls.Keys.Append(Subscribers).ToFrozenDictionary(role => role, _ => new PeerState());
    }

    /// <exception cref="OutageException">The other process does not answer.</exception>
    public async Task Forward(HttpContext context, string role)
    {
        if (_options.Address(role) is not { } address || context.Request.Headers.ContainsKey(Hop))
        {
            await Absent(role, context.Request.Headers.ContainsKey(Hop)).ExecuteAsync(context);
            return;
        }

        // Where the address is put together, a backslash becomes a slash, and dots would lead out of the path.
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Contains('\\', StringComparison.Ordinal))
        {
            await EdgeProblems.ForStatus(404)!.ExecuteAsync(context);
            return;
        }

        // The peer has to know that only the head is wanted: an endless answer must not begin.
        if (EdgeMiddleware.IsForHead(context))
            context.Request.Method = HttpMethods.Head;
        var limits = role == Subscribers ? s_subscriberLimits : _limits;
        var error = await _forwarder.SendAsync(context, address.AbsoluteUri, _client, limits, _passed);
        if (error == ForwarderError.None)
            Told(role, address, null);
        else if (!context.RequestAborted.IsCancellationRequested)
            Fail(context, role, address, error);
    }

    public void Dispose() => _client.Dispose();

    private Problem Absent(string role, bool forwarded) => new(404, "role_absent",
        $"This process has the roles {string.Join(", ", _roles.Names)}, and {role} serves this address. "
        + (forwarded
            ? $"Another process forwarded the call here. Set its Forward:{Setting(role)} to a process with the role {role}."
            : $"Ask a process with the role {role}, or set Forward:{Setting(role)} here to its address."));

    private void Fail(HttpContext context, string role, Uri address, ForwarderError error)
    {
        var exception = context.GetForwarderErrorFeature()?.Exception;
        // The caller's body was too long or too slow: that is no fault of the other process.
        if (OfCaller(exception) is { } bad)
            ExceptionDispatchInfo.Throw(bad);
        Told(role, address, $"{error}, {exception?.Message ?? "no answer"}");
        // An answer that has begun is cut off, so that nobody takes half of it for the whole.
        if (!context.Response.HasStarted)
            throw new OutageException(Outage.Role, $"Forward:{Setting(role)} does not answer", exception);
    }

    private static BadHttpRequestException? OfCaller(Exception? exception) => exception switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException several => several.InnerExceptions.Select(OfCaller).FirstOrDefault(bad => bad is not null),
        _ => OfCaller(exception.InnerException),
    };

    // The log has one line when a peer is lost, and one when it is back.
    private void Told(string role, Uri address, string? reason)
    {
        if (!_peers[role].Changes(isLost: reason is not null))
            return;
        if (reason is null)
            _logger.PeerBack(role, address);
        else
            _logger.PeerLost(role, address, reason);
    }

    private static string Setting(string role) => role switch
    {
        ProcessRoles.Grab => nameof(ForwardOptions.Grab),
        ProcessRoles.Reconcile => nameof(ForwardOptions.Reconcile),
        _ => nameof(ForwardOptions.Subscribers),
    };

    private sealed class PeerState
    {
        private int _lost;

        public bool Changes(bool isLost) => Interlocked.Exchange(ref _lost, isLost ? 1 : 0) != (isLost ? 1 : 0);
    }

    /// <summary>
    /// Passes the bearer token, what describes the body and the answer, and the caller's address. A cookie or a header
    /// by which some host knows its caller stays behind: the peer sees a call of this process, and may trust this
    /// machine.
    /// </summary>
    /// <param name="pathBase">The path of this service, which the peer does not know.</param>
    /// <param name="stopping">Ends event streams: they would hold up a stop until its time limit.</param>
    private sealed class BearerOnly(PathString pathBase, CancellationToken stopping) : HttpTransformer
    {
        private static readonly string[] s_passed =
            ["Authorization", "Accept", IdempotencyHeaders.Key, "If-None-Match", "Last-Event-ID", "Content-Type", "Content-Length"];

        public override ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            foreach (var name in s_passed)
                if (httpContext.Request.Headers.TryGetValue(name, out var values)
                    && !proxyRequest.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                    proxyRequest.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            if (Target(httpContext) is { } target)
                proxyRequest.RequestUri = new Uri(destinationPrefix.TrimEnd('/') + target);
            proxyRequest.Headers.Add(Hop, "1");
            // It counts only where the peer's Http:KnownProxies names this process, and gives no right: it is for limits
            // and audits.
            if (httpContext.Connection.RemoteIpAddress is { } caller)
                proxyRequest.Headers.Add("X-Forwarded-For", (caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller).ToString());
            return ValueTask.CompletedTask;
        }

        // Path and query as the caller wrote them: the framework's own text no longer tells the slash in a user id from a
        // percent sign. A path that a proxy has taken away is not in them.
        private string? Target(HttpContext context)
        {
            var written = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            return !written.StartsWith('/') ? null
                : new PathString(written).StartsWithSegments(pathBase, StringComparison.OrdinalIgnoreCase, out var below) ? below.Value
                : written;
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            // The peer's answer has its own policy headers, and each of them counts once.
            if (proxyResponse is not null)
                httpContext.Response.Headers.Clear();
            if (proxyResponse?.Content.Headers.ContentType?.MediaType == EventStreams.MediaType)
                httpContext.Response.RegisterForDispose(stopping.Register(httpContext.Abort));
            var passes = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            // The peer does not know under which path this process is called.
            if (httpContext.Response.Headers.Location is [['/', ..] location])
                httpContext.Response.Headers.Location = httpContext.Request.PathBase + location;
            return passes;
        }
    }
}
