using Microsoft.Extensions.Options;
using RedPacket.Ledger;

namespace RedPacket.Reconciliation;

/// <summary>
/// Makes reports while nobody asks for one, so that the live verdict and the history are there: soon after something happened or while the last one was not
/// CONSISTENT, else now and then. It rests many times as long as it worked.
/// </summary>
internal sealed class ReportWatch(
    ReportBuilder builder, ReportHistory history, StoreReader store, IOptions<ReconciliationOptions> options, TimeProvider clock, ILogger<ReportWatch> log) : BackgroundService
{
    /// <summary>19 keeps it at 5 % of a core.</summary>
    private const int Rest = 19;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileBusy = TimeSpan.FromSeconds(3);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.ReportEvery > TimeSpan.Zero ? Watch(stoppingToken) : Task.CompletedTask;

    // The first report of a process takes long for reasons of its own, such as code that is compiled: it says nothing of the next.
    private TimeSpan Pause(PastReport? before, long tookMs) => before is null ? Look
        : TimeSpan.FromMilliseconds(Math.Clamp(tookMs * Rest, Look.TotalMilliseconds, Math.Max(Look.TotalMilliseconds, options.Value.ReportEvery.TotalMilliseconds)));

    private async Task Watch(CancellationToken stopping)
    {
        (StoreSeen? Seen, DateTimeOffset At) last = (null, DateTimeOffset.MinValue);
        while (!stopping.IsCancellationRequested)
        {
            var rest = Look;
            try
            {
                var seen = await Seen();
                if (IsDue(seen, last.Seen, clock.GetUtcNow() - last.At))
                {
                    last = (seen, clock.GetUtcNow());
                    var before = history.Newest;
                    var report = await builder.Build(new ReportRequest(), stopping);
                    rest = Pause(before, report.TookMs);
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
            await Task.Delay(rest, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private bool IsDue(StoreSeen? now, StoreSeen? then, TimeSpan since)
    {
        // What is still on its way keeps the verdict as it is.
        if (history.Newest is not { Verdict: Verdict.Consistent } && now is not { Entries: > 0 })
            return true;
        return since >= (now != then ? WhileBusy : options.Value.ReportEvery);
    }
}
