using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Web;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Outbox;

namespace RedPacket.Tests.Subscribers;

/// <summary>The two calls of the service that rooms use, on a list of transfers.</summary>
internal sealed class FakeService : HttpMessageHandler
{
    private static readonly JsonSerializerOptions s_json = ReadableJson.Options();

    public List<SettledTransfer> Transfers { get; set; } = [];

    /// <summary>The bodies of reports, by room.</summary>
    public List<(string Room, ProgressBody Progress)> Reports { get; } = [];

    /// <summary>The requests of the feed.</summary>
    public List<HttpRequestMessage> Asked { get; } = [];

    /// <summary>What every report is answered with; null for a service without that call.</summary>
    public string? State { get; set; }

    /// <summary>Answers in place of the feed; null lets it answer.</summary>
    public Func<HttpResponseMessage?> Instead { get; set; } = () => null;

    public LogLines Log { get; } = new();

    /// <summary>A client with the settings of the demo, or with a token.</summary>
    public FeedClient Client(string? token = null, string url = "http://service.test") => new(
        new HttpClient(this, disposeHandler: false), new ServiceAddress(() => new Uri(url)),
        new FollowerIdentity(
            Options.Create(new SubscribersOptions { Token = token }), Options.Create(new JwtOptions()), TimeProvider.System));

    /// <summary>A follower that a test drives by hand.</summary>
    public Follower Follow(RoomStore store, RoomStart? start = null, TimeProvider? clock = null) => new(
        store, Client(), start ?? new RoomStart(), TimeSpan.FromSeconds(1), clock ?? TimeProvider.System, Logger<Follower>());

    public ILogger<T> Logger<T>() => LoggerFactory.Create(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Debug))
        .CreateLogger<T>();

    /// <summary>The message of an announcer.</summary>
    public TransfersSettled Message(long from, long to) => new()
    {
        Ledger = 0,
        From = from,
        To = to,
        Transfers = [.. Transfers.Where(transfer => transfer.Id >= from && transfer.Id <= to)],
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Put)
            return await Report(request, cancellationToken);
        Asked.Add(request);
        return Instead() ?? Page(HttpUtility.ParseQueryString(request.RequestUri!.Query));
    }

    private HttpResponseMessage Page(System.Collections.Specialized.NameValueCollection query)
    {
        var (after, limit) = (Number(query["after"]), (int)Number(query["limit"]));
        var head = Transfers.Count == 0 ? 0 : Transfers[^1].Id;
        SettledTransfer[] page = [.. Transfers.Where(transfer => transfer.Id > after).Take(limit)];
        return Json(new { ledger = 0, transfers = page, next = page.Length == 0 ? after : page[^1].Id, head });
    }

    private async Task<HttpResponseMessage> Report(HttpRequestMessage request, CancellationToken cancellation)
    {
        var progress = JsonSerializer.Deserialize<ProgressBody>(await request.Content!.ReadAsStringAsync(cancellation), s_json)!;
        lock (Reports)
            Reports.Add((request.RequestUri!.Segments[^1], progress));
        return State is null
            ? new HttpResponseMessage(HttpStatusCode.NotFound)
            : Json(new { name = "x", progress.Position, state = State, ledgerGrabs = 3, ledgerGrantedFen = 30 });
    }

    private static long Number(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);

    private static HttpResponseMessage Json(object body) => new(HttpStatusCode.OK)
    {
        Content = new StringContent(JsonSerializer.Serialize(body, s_json), Encoding.UTF8, "application/json"),
    };
}
