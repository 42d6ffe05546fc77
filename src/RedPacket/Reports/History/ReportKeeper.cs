using System.Text.Json;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.History;

/// <summary>
/// Keeps reports in the ledger: each full one, one when the finding changes, and one now and then. A report that cannot be kept now is
/// followed by one that can, so no failure ends the process.
/// </summary>
internal sealed class ReportKeeper(
    ReportHistory history, ReportRecord record, IOptions<ReportsOptions> options, TimeProvider clock, ILogger<ReportKeeper> logger)
    : BackgroundService
{
    /// <summary>Differences and accounts that a kept report lists. Its sums count all of them.</summary>
    public const int Listed = 100;

    /// <summary>
    /// A finding that changes is kept this many times as often as one that stays. One that changes with each report must
    /// not fill the ledger.
    /// </summary>
    private const int Sooner = 60;

    private string? _finding;
    private DateTimeOffset _asOf;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, _ => true, exception => logger.ReportNotKept(exception.Message))
            .Run(TimeSpan.Zero, async stopping => await Keep(await history.Next(stopping), stopping), stoppingToken);

    /// <summary>A report as it is kept, without its page.</summary>
    public static ConsistencyReport Cut(ConsistencyReport report) => report with
    {
        PacketsPage = null,
        Differences = [.. report.Differences.Take(Listed)],
        Accounts = [.. report.Accounts.Take(Listed)],
    };

    private async Task Keep(MadeReport made, CancellationToken cancellation)
    {
        var (report, every) = (made.Report, options.Value.KeepReportEvery);
        var finding = ReportFinding.Of(report, made.IsFull);
        // A full report was ordered by somebody, and is the only one that sees and resolves some faults.
        if (!made.IsFull && _finding is not null && report.AsOf - _asOf < (finding.Text == _finding ? every : every / Sooner))
            return;
        var row = new KeptReport
        {
            AsOf = report.AsOf.ToUnixTimeMilliseconds(),
            Line = JsonSerializer.Serialize(PastReport.Of(report), ReportsJson.Readable.PastReport),
            Report = JsonSerializer.Serialize(Cut(report), ReportsJson.Readable.ConsistencyReport),
        };
        await record.Keep(row, finding.Failing, finding.Unknown, clock.GetUtcNow() - options.Value.KeepReportsFor, cancellation);
        (_finding, _asOf) = (finding.Text, report.AsOf);
    }
}
