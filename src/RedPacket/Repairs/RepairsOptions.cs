using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Repairs;

/// <summary>Section <c>Reconciliation</c>: repair in the background.</summary>
[Section("Reconciliation")]
internal sealed class RepairsOptions
{
    /// <summary>False: missing entries are only reported, and wait until an operator asks for a repair.</summary>
    public bool Repair { get; set; } = true;

    /// <summary>
    /// How many fen of lost shares are paid in 24 hours without a person. A payment beyond that waits. Corrections by
    /// operators count too.
    /// </summary>
    [Range(0, 1_000_000_000_000)]
    public long PayPerDayFen { get; set; } = 1_000_000;

    /// <summary>How often repair compares the packets that changed lately.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Over how long repair spreads its pass over all packets that are not archived.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RepairPass { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Repair rests this many times as long as it worked: 19 keeps it at 5 % of a core.</summary>
    [Range(0, 1000)]
    public int RepairRest { get; set; } = 19;
}
