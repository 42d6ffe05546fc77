using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Every Redis key, spelled here and nowhere else in C#. All keys of a shard share the hash tag <c>{shard}</c>, so each
/// script runs in one slot (PROTOCOL 1.2).
/// </summary>
internal static class PacketKeys
{
    /// <summary>Set of all shards ever used, as decimal numbers. See <see cref="Packets.Shards"/>.</summary>
    public static readonly RedisKey Shards = "shards";

    /// <summary>
    /// Hash of a shard: its run, its last delivery slot, and counters for the live numbers. See
    /// <see cref="MetaFields"/>.
    /// </summary>
    public static RedisKey Meta(int shard) => $"{{{shard}}}:meta";

    /// <summary>
    /// Sorted set of the ids of packets that are not archived: open ones by expiry (ms), closed ones by minus their
    /// closing time.
    /// </summary>
    public static RedisKey Live(int shard) => $"{{{shard}}}:live";

    /// <summary>Sorted set of the same ids by the time in the id (ms), for the operators' list.</summary>
    public static RedisKey Made(int shard) => $"{{{shard}}}:made";

    /// <summary>The outbox: sorted set of entries (<see cref="Messages.Entry"/>) by delivery number.</summary>
    public static RedisKey Out(int shard) => $"{{{shard}}}:out";

    /// <summary>
    /// Sorted set of the newest followed shares, <c>delivery number traceparent</c>, by delivery number. Settlement
    /// removes those that it completes.
    /// </summary>
    public static RedisKey Followed(int shard) => $"{{{shard}}}:followed";

    /// <summary>Hash of one packet. See <see cref="PacketFields"/>.</summary>
    public static RedisKey Packet(int shard, string packetId) => $"{{{shard}}}:p:{packetId}";

    /// <summary>String of one packet's shares, <see cref="ShareWidth"/> digits each, by ordinal.</summary>
    public static RedisKey Shares(int shard, string packetId) => $"{{{shard}}}:s:{packetId}";

    /// <summary>Lease of the relay that works on a shard. Holds the relay's name.</summary>
    public static RedisKey RelayLease(int shard) => $"{{{shard}}}:relay";

    /// <summary>The last delivery number that a relay of the shard has sent, as text. It may be a moment old.</summary>
    public static RedisKey Sent(int shard) => $"{{{shard}}}:sent";

    /// <summary>
    /// Sorted set of packets that the walk compares before the others, by the time at which a caller first wanted them
    /// (ms). Those that neither side has stay in it with 0, until the walk ends.
    /// </summary>
    public static RedisKey Wanted(int shard) => $"{{{shard}}}:wanted";

    /// <summary>
    /// Hash: by writer of the ledger, its last transaction on whose word this shard has let something go. An opening
    /// empties it.
    /// </summary>
    public static RedisKey Told(int shard) => $"{{{shard}}}:told";

    /// <summary>
    /// Hash: by packet, the lines of shares that corrections pay. The packet has no entry for them. It is archived with
    /// its lines.
    /// </summary>
    public static RedisKey Held(int shard) => $"{{{shard}}}:held";

    /// <summary>Token of the process that may open the shard's gate, and that compares its packets.</summary>
    public static RedisKey Opener(int shard) => $"{{{shard}}}:opener";

    /// <summary>
    /// Claim of an Idempotency-Key in its home shard: <c>packetId contentHash</c>, kept for
    /// <see cref="PacketsOptions.KeyRetention"/>.
    /// </summary>
    public static RedisKey Key(int shard, string keyHash) => $"{{{shard}}}:k:{keyHash}";

    /// <summary>
    /// The same claim as builds before release 0.1.0 wrote it, apart from every shard. It is read and never written.
    /// </summary>
    public static RedisKey UnshardedKey(string keyHash) => $"key:{keyHash}";

    /// <summary>The acts of a user of a kind that <see cref="Limits.UserLimits"/> counts. It expires.</summary>
    public static RedisKey Limit(string userId, string kind) => $"limit:{{{userId}}}:{kind}";

    /// <summary>Digits per share. <c>grab.lua</c> and <c>adopt.lua</c> spell it once more, as <c>WIDTH</c>.</summary>
    public const int ShareWidth = 8;
}
