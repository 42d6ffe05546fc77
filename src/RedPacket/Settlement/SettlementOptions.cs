using System.ComponentModel.DataAnnotations;

namespace RedPacket.Settlement;

/// <summary>Section <c>Settlement</c>.</summary>
internal sealed class SettlementOptions
{
    /// <summary>
    /// Chunks of the live lane in hand at once: twice what one transaction takes (<c>Ledger:MaxRows</c>, chunks of 1000), so that the next one is there when it
    /// ends.
    /// </summary>
    [Range(1, 1000)]
    public int LiveChunks { get; set; } = 100;

    /// <summary>Chunks of the slow lane in hand at once.</summary>
    [Range(1, 1000)]
    public int SlowChunks { get; set; } = 4;
}
