using Microsoft.Extensions.Options;
using RedPacket.Ledger;

namespace RedPacket.Reconciliation;

/// <summary>Makes reports while nobody asks for one, so that the live verdict and the history are there. When: <see cref="ReportPace"/>.</summary>
internal sealed class ReportWatch(
    ReportBuilder builder, ReportHistory history, StoreReader store, IOptions<ReconciliationOptions> options, TimeProvider clock, ILogger<ReportWatch> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly ReportPace pace = new(options.Value.ReportEvery);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.ReportEvery > TimeSpan.Zero ? Watch(stoppingToken) : Task.CompletedTask;

    private async Task Watch(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var seen = await Seen();
                if (pace.IsDue(seen, history.Newest?.Verdict, clock.GetUtcNow()))
                {
                    var report = await builder.Build(new ReportRequest(), stopping);
                    pace.Made(seen, report.TookMs, clock.GetUtcNow());
                }
            }
            // Whatever it is: what it reads with may be gone already.
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (StoreReader.IsFailure(exception) || LedgerOutage.IsUnread(exception))
            {
                log.ReportPutOff(exception.Message);
            }
            await Task.Delay(Look, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A store that does not answer is a thing that happened, and its coming back another.
    private async Task<StoreSeen?> Seen()
    {
        try
        {
            return await store.Seen();
        }
        catch (Exception exception) when (StoreReader.IsFailure(exception))
        {
            return null;
        }
    }
}
