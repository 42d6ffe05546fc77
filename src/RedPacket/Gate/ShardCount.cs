using RedPacket.Comparison;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Tells shards how many there are. An Idempotency-Key moves to a new shard only. Once a shard knows the number, no
/// process that knows fewer shards makes a packet there any more.
/// </summary>
internal sealed class ShardCount(IConnectionMultiplexer redis, LedgerReader ledger, KeyHomes homes)
{
    // The clocks of API processes and of several Redis servers differ.
    private const long Margin = 3_600_000;
    private static readonly ScriptFile s_tell = new("tell.lua");
    private readonly IDatabase _redis = redis.Primary();

    /// <summary>
    /// Tells a shard whose gate is shut the number of the house's row, and since when it may have packets. Redis may
    /// have forgotten both. Called after the ledger has the run of the opening: so a run that began after the row was
    /// written knows the row, see <see cref="HouseShards.ToTell"/>.
    /// </summary>
    /// <param name="isNew">True when the ledger has never begun a run of the shard.</param>
    public async Task TellOpening(int shard, bool isNew, CancellationToken cancellation)
    {
        var house = await ledger.House(cancellation);
        var known = Math.Max(house?.ToTell ?? 0, shard + 1);
        homes.Learn(known);
        var born = await _redis.HashExistsAsync(PacketKeys.Meta(shard), MetaFields.Born)
            ? null
            : await Born(shard, isNew, house?.Opened ?? [], cancellation);
        await Tell(shard, known, born);
    }

    /// <summary>Tells a shard the number. The caller has to look whether the shard kept it.</summary>
    public Task Tell(int shard, int shards) => Tell(shard, shards, null);

    private async Task<long?> Born(int shard, bool isNew, IEnumerable<int> opened, CancellationToken cancellation)
    {
        // A shard with packets was new before the first of them, and the earlier ones learned of it then.
        if (await ledger.NotArchived(shard, 0, 1, cancellation) is [var (_, first)] && PacketId.TryParse(first, out _))
            return Math.Min(await RedisClock.Now(_redis, shard), PacketId.MillisecondsOf(first)) + Margin;
        // Where nothing was ever sent, no key had another home.
        return !isNew || await ledger.HasPackets(cancellation) || await HaveSent(opened.Where(earlier => earlier < shard))
            ? await RedisClock.Now(_redis, shard) + Margin
            : 0;
    }

    // The ledger may be behind them.
    private async Task<bool> HaveSent(IEnumerable<int> shards)
    {
        var sent = await Task.WhenAll(shards.Select(shard => _redis.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Sent)));
        return sent.Any(packets => (long)packets > 0);
    }

    private Task<RedisResult> Tell(int shard, int shards, long? born) =>
        s_tell.Evaluate(_redis, [PacketKeys.Meta(shard)], [shards, born is null ? "" : born.Value]);
}
