using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>Sums over all shards, straight from Redis.</summary>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="OldestAt">When the first of them was granted; null when there is none.</param>
/// <param name="Grabs">Shares granted ever.</param>
/// <param name="GrabsFen">Their fen.</param>
/// <param name="Sent">Packets sent ever.</param>
/// <param name="Shards">Every shard ever used.</param>
internal sealed record StoreNumbers(long Outbox, DateTimeOffset? OldestAt, long Grabs, long GrabsFen, long Sent, IReadOnlyList<int> Shards)
{
    /// <summary>How long the oldest entry has been on its way. Redis's clock may be a little ahead of this one: never negative.</summary>
    public TimeSpan Age(DateTimeOffset now) => OldestAt is { } at && now > at ? now - at : TimeSpan.Zero;
}

/// <summary>Reads <see cref="StoreNumbers"/>: three commands per shard.</summary>
internal sealed class StoreSampler(IConnectionMultiplexer redis, OutboxDepth outbox)
{
    public async Task<StoreNumbers> Read()
    {
        var depths = await outbox.Read();
        var counters = await Task.WhenAll(depths.Select(depth => redis.GetDatabase().HashGetAsync(PacketKeys.Meta(depth.Shard), [MetaFields.Grabs, MetaFields.GrabsFen, MetaFields.Sent])));
        return new StoreNumbers(depths.Sum(depth => depth.Entries), depths.Min(depth => depth.OldestAt),
            counters.Sum(shard => (long)shard[0]), counters.Sum(shard => (long)shard[1]), counters.Sum(shard => (long)shard[2]), [.. depths.Select(depth => depth.Shard)]);
    }
}
