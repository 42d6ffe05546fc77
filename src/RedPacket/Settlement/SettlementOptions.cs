using System.ComponentModel.DataAnnotations;

namespace RedPacket.Settlement;

/// <summary>Section <c>Settlement</c>.</summary>
internal sealed class SettlementOptions
{
    /// <summary>Chunks of the live lane in hand at once. Several are recorded in one transaction, which is what makes recording fast.</summary>
    [Range(1, 1000)]
    public int LiveChunks { get; set; } = 32;

    /// <summary>Chunks of the slow lane in hand at once.</summary>
    [Range(1, 1000)]
    public int SlowChunks { get; set; } = 4;
}
