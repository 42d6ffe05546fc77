using System.Text.Json;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.History;

/// <summary>
/// Keeps reports in the ledger: each that finds something else than the one before, and otherwise one now and then. A
/// ledger that cannot take one now gets a later one.
/// </summary>
internal sealed class ReportKeeper(
    ReportHistory history, ReportRecord record, IOptions<ReportsOptions> options, TimeProvider clock, ILogger<ReportKeeper> logger)
    : BackgroundService
{
    /// <summary>Differences that a kept report lists. Its sums count all of them.</summary>
    public const int Listed = 100;

    private string? _finding;
    private DateTimeOffset _asOf;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new Loop(
            clock, exception => LedgerOutage.IsUnread(exception) || LedgerOutage.IsRefusal(exception),
            exception => logger.ReportNotKept(exception.Message))
        .Run(TimeSpan.Zero, async stopping => await Keep(await history.Next(stopping), stopping), stoppingToken);

    private async Task Keep(ConsistencyReport report, CancellationToken cancellation)
    {
        var finding = ReportFinding.Of(report);
        if (finding.Text == _finding && report.AsOf - _asOf < options.Value.KeepReportEvery)
            return;
        var kept = report with { PacketsPage = null, Differences = [.. report.Differences.Take(Listed)] };
        var row = new KeptReport
        {
            AsOf = report.AsOf.ToUnixTimeMilliseconds(),
            Line = JsonSerializer.Serialize(PastReport.Of(report), ReportsJson.Readable.PastReport),
            Report = JsonSerializer.Serialize(kept, ReportsJson.Readable.ConsistencyReport),
        };
        await record.Keep(row, finding.Failing, finding.Unknown, clock.GetUtcNow() - options.Value.KeepReportsFor, cancellation);
        (_finding, _asOf) = (finding.Text, report.AsOf);
    }
}
