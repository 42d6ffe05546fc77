using System.Globalization;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>
/// One relay per shard at a time. Thrift, not safety: two relays at once only send everything twice, so a holder that was stopped and
/// wakes after its lease has run out does no harm.
/// </summary>
internal sealed class RelayLease(int shard, bool on, IConnectionMultiplexer redis, TimeProvider clock)
{
    // The client's own LockExtend is a transaction with a condition, and waits for the condition's answer while it holds the connection's write lock: all
    // grabs wait behind it, and a thread of the pool.
    private const string HoldScript = """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        """;
    private static readonly TimeSpan s_term = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_renewEvery = TimeSpan.FromSeconds(3);
    private readonly RedisValue _name = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private bool _held;
    private DateTimeOffset _renewAt;

    /// <summary>True while this relay may work on the shard; takes or renews the lease as needed.</summary>
    public async Task<bool> Hold()
    {
        if (!on)
            return true;
        var now = clock.GetUtcNow();
        if (_held && now < _renewAt)
            return true;
        _held = false;
        _held = (bool)await redis.GetDatabase().ScriptEvaluateAsync(HoldScript, [PacketKeys.RelayLease(shard)], [_name, (long)s_term.TotalMilliseconds]);
        _renewAt = now + s_renewEvery;
        return _held;
    }

    /// <summary>Gives it up, so that the next one need not wait for its end.</summary>
    public async Task Release()
    {
        if (!_held)
            return;
        _held = false;
        await Lease.GiveUp(redis.GetDatabase(), PacketKeys.RelayLease(shard), _name);
    }
}
