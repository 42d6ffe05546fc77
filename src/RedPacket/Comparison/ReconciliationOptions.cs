using System.ComponentModel.DataAnnotations;

namespace RedPacket.Comparison;

/// <summary>Section <c>Reconciliation</c>.</summary>
internal sealed class ReconciliationOptions
{
    /// <summary>Packets that are compared by their sums in one reading.</summary>
    [Range(1, 5000)]
    public int PacketsPerPage { get; set; } = 500;

    /// <summary>Claims that are compared one by one in one reading.</summary>
    [Range(1, 10000)]
    public int ClaimsPerPage { get; set; } = 1000;

    /// <summary>How many reports may be computed at a time; others wait, so that reports never crowd out the rest.</summary>
    [Range(1, 64)]
    public int ReportsAtATime { get; set; } = 2;

    /// <summary>How often a report is made when nothing happens and nobody asks: for the live verdict, and the history. More often while something does; 0: never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReportEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many new rows a report may add up without leaving a digest, from which the next one begins. 100000 take some tens of milliseconds.</summary>
    [Range(1, 100_000_000)]
    public int RowsPerDigest { get; set; } = 100_000;

    /// <summary>Off: what is missing is reported and waits for somebody to ask for a repair.</summary>
    public bool Repair { get; set; } = true;

    /// <summary>How often repair looks at the packets that changed lately.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Over how long repair spreads its pass over all packets that are not archived.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RepairPass { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Repair rests this many times as long as it worked: 19 keeps it at 5 % of a core.</summary>
    [Range(0, 1000)]
    public int RepairRest { get; set; } = 19;

    /// <summary>For how long the oldest moment of the outboxes is not read again by wallets. An older bound stays true, so this costs freshness only.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan SettledThroughEvery { get; set; } = TimeSpan.FromMilliseconds(250);
}
