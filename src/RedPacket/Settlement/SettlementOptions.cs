using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Settlement;

/// <summary>Section <c>Settlement</c>.</summary>
[Section("Settlement")]
internal sealed class SettlementOptions
{
    /// <summary>
    /// Chunks of the live lane that are settled at the same time: half as many again as one transaction takes
    /// (<c>Ledger:MaxRows</c>, chunks of 1000), so that the next batch is there when it ends. While the ledger is away
    /// this process holds all of them, with about 0.7 kB an entry.
    /// </summary>
    [Range(1, 1000)]
    public int LiveChunks { get; set; } = 75;

    /// <summary>Chunks of the slow lane that are settled at the same time.</summary>
    [Range(1, 1000)]
    public int SlowChunks { get; set; } = 4;
}
