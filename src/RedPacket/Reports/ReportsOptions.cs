using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Reports;

/// <summary>Section <c>Reconciliation</c>: how often reports are made, and how many at a time.</summary>
[Section("Reconciliation")]
internal sealed class ReportsOptions
{
    /// <summary>
    /// How many reports are computed at a time. Others wait, so that reports never crowd out the rest.
    /// </summary>
    [Range(1, 64)]
    public int ReportsAtATime { get; set; } = 2;

    /// <summary>
    /// How often the process makes a report itself, for the live verdict and the history, while nothing happens. It
    /// makes them more often while something does. 0: never.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReportEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a report is kept in the ledger while the finding stays the same. When it changes, the next one is kept, but
    /// not within a sixtieth of that after the one before. 0: every report is kept.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan KeepReportEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>For how long kept reports and resolved alerts stay in the ledger.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepReportsFor { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How many new rows a report may add up without writing a digest, from which the next report begins. 100000 rows
    /// take some tens of milliseconds.
    /// </summary>
    [Range(1, 100_000_000)]
    public int RowsPerDigest { get; set; } = 100_000;
}
