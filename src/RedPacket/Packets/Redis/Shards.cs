using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// The set of all shards ever used, in Redis. A shard is added before its first packet; only a flush removes it.
/// </summary>
internal static class Shards
{
    /// <summary>All of them, ascending.</summary>
    public static async Task<int[]> All(IDatabase redis) =>
        [.. (await redis.SetMembersAsync(PacketKeys.Shards)).Select(shard => (int)shard).Order()];

    public static Task<bool> Has(IDatabase redis, int shard) => redis.SetContainsAsync(PacketKeys.Shards, shard);

    /// <summary>Adds shards; those that are there stay. Returns how many were new.</summary>
    public static Task<long> Add(IDatabase redis, params IEnumerable<int> shards) =>
        redis.SetAddAsync(PacketKeys.Shards, [.. shards.Select(shard => (RedisValue)shard)]);
}
