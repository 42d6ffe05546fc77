using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>Sums over all shards, straight from Redis.</summary>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="OldestAt">When the first of them was granted; null when there is none.</param>
/// <param name="Grabs">Shares granted since the beginning.</param>
/// <param name="GrabsFen">Their fen.</param>
/// <param name="Sent">Packets sent since the beginning.</param>
/// <param name="Shards">Every shard that was ever used.</param>
internal sealed record StoreNumbers(long Outbox, DateTimeOffset? OldestAt, long Grabs, long GrabsFen, long Sent,
    IReadOnlyList<int> Shards)
{
    /// <summary>
    /// The age of the oldest entry. Never negative, though Redis's clock may be ahead of this machine's.
    /// </summary>
    public TimeSpan Age(DateTimeOffset now) => OldestAt is { } at && now > at ? now - at : TimeSpan.Zero;
}

/// <summary>Reads <see cref="StoreNumbers"/>: three commands per shard.</summary>
internal sealed class StoreSampler(IConnectionMultiplexer redis, OutboxDepth outbox)
{
    public async Task<StoreNumbers> Read()
    {
        var depths = await outbox.Read();
        var counters = await Task.WhenAll(depths.Select(depth =>
            redis.Primary().HashGetAsync(PacketKeys.Meta(depth.Shard), [MetaFields.Grabs, MetaFields.GrabsFen, MetaFields.Sent])));
        return new StoreNumbers(depths.Sum(depth => depth.Entries), depths.Min(depth => depth.OldestAt),
            counters.Sum(shard => (long)shard[0]), counters.Sum(shard => (long)shard[1]), counters.Sum(shard => (long)shard[2]),
            [.. depths.Select(depth => depth.Shard)]);
    }
}
