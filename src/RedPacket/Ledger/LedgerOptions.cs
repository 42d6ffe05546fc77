using System.ComponentModel.DataAnnotations;

namespace RedPacket.Ledger;

/// <summary>Section <c>Ledger</c>, and <c>ConnectionStrings:Ledger</c>.</summary>
internal sealed class LedgerOptions
{
    public const string Section = "Ledger";

    /// <summary>
    /// Where the ledger is: <c>Data Source=…</c>, the path of a SQLite file, whose folder is created; or <c>Host=…;Database=…</c>, a database of a
    /// PostgreSQL server, which must be there. Taken from <c>ConnectionStrings:Ledger</c>.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Waiting chunks are merged into one transaction until it has this many rows. The more there are, the more of them share a page that is written, and an
    /// account's total; but other processes that write the same SQLite file wait for as long as it takes.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxRows { get; set; } = 50_000;

    /// <summary>How long the writer waits for another process that writes, before it calls that an outage.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The pause after the first failure of an outage; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Make an empty ledger where there is none, though there was one before. For one start, and by a person: what the other held is given up.</summary>
    public bool BeginAnew { get; set; }

    /// <summary>
    /// Asked before an empty ledger is made: why that must not be, in words; null when there was none before. Who knows sits in another room, and hands it in.
    /// </summary>
    internal Func<string?> WhyNotNew { get; set; } = () => null;

    /// <summary>No pause of an outage is longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(5);
}
