using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Every Redis key, spelled here and nowhere else. All keys of a shard share the hash tag <c>{shard}</c>, so that each script runs in one slot.
/// </summary>
internal static class PacketKeys
{
    /// <summary>Set of all shards ever used (decimal numbers). A shard is entered before its first packet.</summary>
    public static readonly RedisKey Shards = "shards";

    /// <summary>Hash: <c>run</c> (the nonce of the scripts that may move money), <c>seq</c> (last delivery slot), counters for the live numbers.</summary>
    public static RedisKey Meta(int shard) => $"{{{shard}}}:meta";

    /// <summary>Sorted set of packet ids until archived: open ones by expiry (ms), closed ones by minus their closing time.</summary>
    public static RedisKey Live(int shard) => $"{{{shard}}}:live";

    /// <summary>Sorted set of packet ids until archived, by the time in the id (ms): the operators' list.</summary>
    public static RedisKey Made(int shard) => $"{{{shard}}}:made";

    /// <summary>The outbox: sorted set of entries (<see cref="Messages.Entry"/>) by delivery number.</summary>
    public static RedisKey Out(int shard) => $"{{{shard}}}:out";

    /// <summary>Hash of one packet; its fields are described in <c>create.lua</c>.</summary>
    public static RedisKey Packet(int shard, string packetId) => $"{{{shard}}}:p:{packetId}";

    /// <summary>String of one packet's shares, <see cref="ShareWidth"/> digits each, in dealing order.</summary>
    public static RedisKey Shares(int shard, string packetId) => $"{{{shard}}}:s:{packetId}";

    /// <summary>Lease of the one relay that works on a shard; holds the relay's name.</summary>
    public static RedisKey RelayLease(int shard) => $"{{{shard}}}:relay";

    /// <summary>Token of the one process that may open the shard's gate.</summary>
    public static RedisKey Opener(int shard) => $"{{{shard}}}:opener";

    /// <summary>Claim of an Idempotency-Key: <c>packetId contentHash</c>, kept for 7 days.</summary>
    public static RedisKey Idempotency(string keyHash) => $"key:{keyHash}";

    /// <summary>Digits per share: up to 99999999 fen.</summary>
    public const int ShareWidth = 8;
}
