using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>
/// Remembers in Redis how far the relays of a shard have sent. The broker tells a new relay how many messages wait, but
/// not of which shard.
/// </summary>
internal sealed class SentNumber(int shard, IConnectionMultiplexer redis)
{
    private long _written;

    /// <summary>The last delivery number that was sent, or a smaller one; 0 when nobody knows.</summary>
    public async Task<long> Read() => (long?)await redis.Primary().StringGetAsync(PacketKeys.Sent(shard)) ?? 0;

    /// <summary>
    /// Writes it. At its memory limit Redis refuses, and a smaller number stays: then entries are only sent twice.
    /// </summary>
    public void Write(long last)
    {
        if (last == _written)
            return;
        redis.Primary().StringSet(PacketKeys.Sent(shard), last, flags: CommandFlags.FireAndForget);
        _written = last;
    }
}
