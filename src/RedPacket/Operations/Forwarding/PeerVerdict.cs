using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>
/// The verdict of the process that makes reports, for the live numbers of one that makes none. It listens to the live
/// numbers of <c>Forward:Reconcile</c>, which anybody may read.
/// </summary>
internal sealed class PeerVerdict(IOptions<ForwardOptions> options, TimeProvider clock, ILogger<PeerVerdict> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The other process sends a sample or a ping at least every 2 s.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(6);

    private volatile string? _verdict;

    /// <summary>Null while the other process is away, or makes no reports.</summary>
    public string? Verdict => _verdict;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var client = new HttpClient { BaseAddress = options.Value.Reconcile };
        await new Loop(
            clock, exception => exception is HttpRequestException or IOException or OperationCanceledException or JsonException,
            outage => logger.PeerVerdictUnread(outage.Message)).Run(s_pause, stopping => Listen(client, stopping), stoppingToken);
    }

    private async Task Listen(HttpClient client, CancellationToken stopping)
    {
        using var silence = new CancellationTokenSource(s_silence, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stopping);
        try
        {
            // Two processes without reports that listen to each other would keep an old verdict between them.
            var info = await client.GetStringAsync("/api/v1/info", until.Token);
            if (JsonSerializer.Deserialize(info, OperationsJson.Readable.ServiceInfo)?.Roles?.Contains(ProcessRoles.Reconcile) != true)
                return;
            await using var stream = await client.GetStreamAsync("/api/v1/live", until.Token);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(until.Token))
            {
                silence.CancelAfter(s_silence);
                if (item.EventType == "live")
                    _verdict = JsonSerializer.Deserialize(item.Data, OperationsJson.Readable.LiveNumbers)?.Verdict;
            }
        }
        finally
        {
            _verdict = null;
        }
    }
}
