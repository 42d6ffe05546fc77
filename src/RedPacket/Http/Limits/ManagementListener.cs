using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RedPacket.Hosting;

namespace RedPacket.Http.Limits;

/// <summary>
/// Addresses for operators (<c>--management-urls</c>). Readiness and metrics are answered there only. Info, live
/// numbers and <c>/health/live</c>, which a container's own check asks for, are answered there too. The limits of
/// connections and streams do not count theirs, so that a full house can still be asked.
/// </summary>
internal sealed class ManagementListener
{
    public const string Setting = ProgramArguments.ManagementUrls;

    private static readonly string[] s_onlyThere = ["/health/ready", "/metrics"];
    private static readonly string[] s_also = ["/health/live", "/api/v1/info", "/api/v1/live"];
    private readonly HashSet<int> _ports;

    private ManagementListener(string[] urls)
    {
        Urls = urls;
        _ports = [.. urls.Select(url => BindingAddress.Parse(url).Port)];
    }

    public IReadOnlyList<string> Urls { get; }

    /// <summary>Null without the setting.</summary>
    public static ManagementListener? From(IConfiguration configuration) =>
        ListenUrls.Parts(configuration[Setting]) is { Length: > 0 } urls && urls.All(ListenUrls.IsUsable)
            ? new ManagementListener(urls)
            : null;

    /// <summary>A line for each address that cannot be listened on, or not be told apart from the others.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration) =>
        from url in ListenUrls.Parts(configuration[Setting])
        where !ListenUrls.IsUsable(url) || !IsApart(url, configuration)
        select ListenUrls.IsUsable(url)
            ? $"{Setting} takes a port that urls does not have, and no Kestrel:Endpoints; it was {StartError.Quoted(url)}."
            : $"{Setting} takes addresses such as http://localhost:5081, with semicolons; it was {StartError.Quoted(url)}.";

    // The two kinds of addresses are told apart by their ports.
    private static bool IsApart(string url, IConfiguration configuration) =>
        BindingAddress.Parse(url) is { IsUnixPipe: false, Port: > 0 } address
        && !ListenUrls.All(configuration).Where(ListenUrls.IsUsable).Any(other => BindingAddress.Parse(other).Port == address.Port)
        && !configuration.GetSection("Kestrel:Endpoints").Exists();

    /// <summary>True for a call that came in at one of these addresses.</summary>
    public bool IsFor(HttpContext context) => _ports.Contains(context.Connection.LocalPort);

    /// <summary>True for an address that is listened on for operators.</summary>
    public bool Has(string url) => _ports.Contains(BindingAddress.Parse(url).Port);

    /// <summary>Answers 404 to what belongs to the other addresses.</summary>
    public void Use(WebApplication app) => app.Use(next => context =>
    {
        var path = context.Request.Path;
        var isHere = IsFor(context)
            ? s_onlyThere.Concat(s_also).Any(prefix => path.StartsWithSegments(prefix))
            : !s_onlyThere.Any(prefix => path.StartsWithSegments(prefix));
        return isHere ? next(context) : EdgeProblems.ForStatus(StatusCodes.Status404NotFound)!.ExecuteAsync(context);
    });

    /// <summary>Limits the connections of the other addresses, in place of Kestrel's limit, which counts all.</summary>
    public void Limit(KestrelServerOptions kestrel, long connections)
    {
        kestrel.Limits.MaxConcurrentConnections = null;
        var open = 0L;
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (endpoint.EndPoint is IPEndPoint { Port: var port } && _ports.Contains(port))
                return;
            endpoint.Use(next => async connection =>
            {
                try
                {
                    if (Interlocked.Increment(ref open) <= connections)
                        await next(connection);
                    else
                        connection.Abort(new ConnectionAbortedException("There are as many connections as Http:Connections allows."));
                }
                finally
                {
                    Interlocked.Decrement(ref open);
                }
            });
        });
    }
}
