using RedPacket.Comparison;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Tells shards how many there are, while the gate of one is shut. An Idempotency-Key moves to a new shard only. So before a new shard
/// takes its first packet, each earlier one learns the number: no process that knows fewer shards makes a packet there any more.
/// </summary>
internal sealed class ShardCount(IConnectionMultiplexer redis, LedgerReader ledger, KeyHomes homes)
{
    // The clocks of API processes and of several Redis servers differ.
    private const long Margin = 3_600_000;
    private static readonly ScriptFile s_tell = new("tell.lua");
    private readonly IDatabase _redis = redis.Primary();

    /// <summary>
    /// Tells the shard how many shards the ledger knows, itself among them, and since when it may have packets. Redis may have forgotten
    /// both.
    /// </summary>
    /// <param name="isNew">True when the ledger has never begun a run of the shard: earlier shards may not know of it.</param>
    public async Task Tell(int shard, bool isNew, CancellationToken cancellation)
    {
        var known = Math.Max(await ledger.ShardCount(cancellation), shard + 1);
        homes.Learn(known);
        var sent = isNew ? await Task.WhenAll(Enumerable.Range(0, shard).Select(earlier => Tell(earlier, known, null))) : [];
        var born = await _redis.HashExistsAsync(PacketKeys.Meta(shard), MetaFields.Born)
            ? null
            : await Born(shard, isNew, sent.Sum(), cancellation);
        await Tell(shard, known, born);
    }

    private async Task<long?> Born(int shard, bool isNew, long sentEarlier, CancellationToken cancellation)
    {
        // A shard with packets was new before the first of them, and the earlier ones learned of it then.
        if (await ledger.NotArchived(shard, 0, 1, cancellation) is [var (_, first)] && PacketId.TryParse(first, out _))
            return Math.Min(await RedisClock.Now(_redis, shard), PacketId.MillisecondsOf(first)) + Margin;
        // Where nothing was ever sent, no key had another home.
        return !isNew || sentEarlier > 0 || await ledger.HasPackets(cancellation) ? await RedisClock.Now(_redis, shard) + Margin : 0;
    }

    private async Task<long> Tell(int shard, int shards, long? born) =>
        (long)await s_tell.Run(_redis, [PacketKeys.Meta(shard)], [shards, born is null ? "" : born.Value]);
}
