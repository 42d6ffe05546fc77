using System.Globalization;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>
/// Lets one relay at a time work on a shard. This saves work and protects nothing: two relays only send everything
/// twice. A holder that was stopped and wakes after its lease has expired does no harm.
/// </summary>
internal sealed class RelayLease(int shard, bool on, IConnectionMultiplexer redis, TimeProvider clock)
{
    // The client's LockExtend is a transaction with a condition. It waits for the condition's answer while it holds the
    // connection's write lock, so that all grabs and a thread of the pool wait with it.
    private static readonly ScriptFile s_hold = new("hold.lua");
    private static readonly TimeSpan s_term = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_renewEvery = TimeSpan.FromSeconds(3);
    private readonly RedisValue _name =
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private bool _held;
    private DateTimeOffset _renewAt;

    /// <summary>True while this relay may work on the shard. Takes or renews the lease as needed.</summary>
    public async Task<bool> Hold()
    {
        if (!on)
            return true;
        var now = clock.GetUtcNow();
        if (_held && now < _renewAt)
            return true;
        _held = false;
        RedisKey[] keys = [PacketKeys.RelayLease(shard)];
        _held = (string?)await s_hold.Evaluate(redis.Primary(), keys, [_name, (long)s_term.TotalMilliseconds]) switch
        {
            "held" => true,
            "lost" => false,
            var word => throw s_hold.Unknown(word),
        };
        _renewAt = now + s_renewEvery;
        return _held;
    }

    /// <summary>Releases the lease, so that the next relay need not wait until it expires.</summary>
    public async Task Release()
    {
        if (!_held)
            return;
        _held = false;
        await Lease.Release(redis.Primary(), PacketKeys.RelayLease(shard), _name);
    }
}
