using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Ledger;

/// <summary>Section <c>Ledger</c>, and <c>ConnectionStrings:Ledger</c>.</summary>
[Section("Ledger")]
internal sealed class LedgerOptions
{
    /// <summary>
    /// Where the ledger is. <c>Data Source=…</c> is the path of a SQLite file, whose folder is created.
    /// <c>Host=…;Database=…</c> is a database of a PostgreSQL server, which must exist. Taken from
    /// <c>ConnectionStrings:Ledger</c>.
    /// </summary>
    public string ConnectionString { get; internal set; } = "";

    /// <summary>
    /// Waiting chunks are merged into one transaction until it has this many rows. More rows share more of the pages
    /// and totals that are written, but other processes that write the same SQLite file wait longer.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxRows { get; set; } = 50_000;

    /// <summary>How long the writer waits for another writing process before it calls that an outage.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The pause after the first failure of an outage; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Create an empty ledger though there was one before. A person sets it for one start, and gives up what the other
    /// ledger held.
    /// </summary>
    public bool BeginAnew { get; set; }

    /// <summary>No pause of an outage is longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(5);
}
