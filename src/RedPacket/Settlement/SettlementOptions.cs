using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Settlement;

/// <summary>Section <c>Settlement</c>.</summary>
[Section("Settlement")]
internal sealed class SettlementOptions
{
    /// <summary>
    /// Chunks of the live lane that are settled at the same time: twice as many as one transaction takes (<c>Ledger:MaxRows</c>, chunks of
    /// 1000), so that the next batch is there when it ends.
    /// </summary>
    [Range(1, 1000)]
    public int LiveChunks { get; set; } = 100;

    /// <summary>Chunks of the slow lane that are settled at the same time.</summary>
    [Range(1, 1000)]
    public int SlowChunks { get; set; } = 4;
}
