using System.ComponentModel.DataAnnotations;
using RedPacket.Hosting;

namespace RedPacket.Feed;

/// <summary>Section <c>Feed</c>: how fast others may read the ledger's transfers.</summary>
[Section("Feed")]
internal sealed class FeedOptions
{
    /// <summary>
    /// Transfers that this process hands out in a second, to all readers together. Somebody who reads the whole history
    /// must not slow down settlement.
    /// </summary>
    [Range(1000, 10_000_000)]
    public int RowsPerSecond { get; set; } = 50_000;
}
