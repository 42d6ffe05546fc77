using RedPacket.Comparison;
using RedPacket.Hosting;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;

namespace RedPacket.Reports;

/// <summary>Makes reports while nobody asks for one, so that the live verdict and the history are there. When: <see cref="ReportPace"/>.</summary>
internal sealed class ReportWatch(
    ReportBuilder builder, ReportHistory history, RedisReader store, IOptions<ReportsOptions> options, TimeProvider clock, ILogger<ReportWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private readonly ReportPace _pace = new(options.Value.ReportEvery);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.ReportEvery > TimeSpan.Zero ? Watch(stoppingToken) : Task.CompletedTask;

    private async Task Watch(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var seen = await Seen();
                if (_pace.IsDue(seen, history.Newest?.Verdict, clock.GetUtcNow()))
                {
                    var report = await builder.Build(new ReportRequest(), stopping);
                    _pace.Made(seen, report.TookMs, clock.GetUtcNow());
                }
            }
            // Whatever it is: what it reads with may be gone already.
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (RedisOutage.Is(exception) || LedgerOutage.IsUnread(exception))
            {
                logger.ReportPutOff(exception.Message);
            }
            await Task.Delay(s_look, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A store that does not answer is a thing that happened, and its coming back another.
    private async Task<StoreSeen?> Seen()
    {
        try
        {
            return await store.Seen();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return null;
        }
    }
}
