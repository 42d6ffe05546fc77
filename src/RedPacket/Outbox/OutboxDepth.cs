using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>The content of a shard's outbox.</summary>
/// <param name="Entries">Entries in it.</param>
/// <param name="OldestAt">When Redis granted the oldest of them; null without entries, or when the oldest cannot be
/// read.</param>
internal sealed record ShardDepth(int Shard, long Entries, DateTimeOffset? OldestAt);

/// <summary>How much waits in the outboxes, for health and live numbers. Costs two commands per shard.</summary>
internal sealed class OutboxDepth(IConnectionMultiplexer redis)
{
    /// <summary>Every shard ever used, by number. Throws what StackExchange.Redis throws when Redis is away.</summary>
    public async Task<IReadOnlyList<ShardDepth>> Read()
    {
        return await Task.WhenAll((await Shards.All(redis.Primary())).Select(Read));
    }

    /// <summary>One shard.</summary>
    public async Task<ShardDepth> Read(int shard)
    {
        var database = redis.Primary();
        var entries = database.SortedSetLengthAsync(PacketKeys.Out(shard));
        var oldest = await database.SortedSetRangeByRankAsync(PacketKeys.Out(shard), 0, 0);
        return new ShardDepth(shard, await entries, oldest.Length == 0 ? null : GrantedAt(oldest[0].ToString()));
    }

    private static DateTimeOffset? GrantedAt(string line) =>
        Entry.TryParse(line, out var entry) && entry!.AtMs < long.MaxValue / 1_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(entry.AtMs)
            : null;
}
