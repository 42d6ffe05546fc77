using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Reports.History;

namespace RedPacket.Reports;

/// <summary>
/// Makes reports without a request, for the live verdict and the history. When: <see cref="ReportPace"/>.
/// </summary>
internal sealed class ReportWatch(
    ReportBuilder builder, ReportHistory history, RedisReader redis, IOptions<ReportsOptions> options, TimeProvider clock,
    ILogger<ReportWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private readonly ReportPace _pace = new(options.Value.ReportEvery);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.ReportEvery == TimeSpan.Zero
        ? Task.CompletedTask
        : new Loop(
                clock, exception => RedisOutage.Is(exception) || LedgerOutage.IsUnread(exception),
                outage => logger.ReportPostponed(outage.Message))
            .Run(s_look, Watch, stoppingToken);

    private async Task Watch(CancellationToken stopping)
    {
        var seen = await Seen();
        if (!_pace.IsDue(seen, history.Newest?.Verdict, clock.GetUtcNow()))
            return;
        var report = await builder.Build(new ReportRequest(), stopping);
        _pace.Made(seen, report.TookMs, clock.GetUtcNow());
    }

    // A store that stops answering counts as a change, and so does its return.
    private async Task<RedisActivity?> Seen()
    {
        try
        {
            return await redis.Seen();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return null;
        }
    }
}
