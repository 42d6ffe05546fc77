using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Keeps the number of shards. The ledger's row says how many there are to be, and what is not in force yet is brought
/// into force. Redis has copies: the set of shards, and the number in each shard (PROTOCOL 1.3). Any
/// number of these may run.
/// </summary>
internal sealed class ShardCountKeeper(
    ShardRaise raise, LedgerReader ledger, HouseRecord record, IConnectionMultiplexer redis, IOptions<PacketsOptions> options,
    Journal journal, TimeProvider clock, ILogger<ShardCountKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);
    private TimeSpan _pause = s_pause;
    private volatile string? _waitsFor;
    private int _inForce;

    /// <summary>
    /// Why not all shards are in force, as far as this process knows; null when nothing keeps it waiting.
    /// </summary>
    public string? WaitsFor => _waitsFor;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, GateOutage.Is, Postponed).Run(() => _pause, Round, stoppingToken);

    /// <summary>One look, and what follows from it.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        _pause = s_pause;
        // Without its ledger the house stays as it is. The journal reports that outage.
        if (!journal.State.Up)
            return;
        var house = await ledger.House(cancellation);
        var known = await Shards.All(redis.Primary());
        // A new house has no row. A ledger that was restored may have an old one: what Redis has used is in use.
        if (house is null || known.LastOrDefault() >= house.Wanted)
        {
            await record.AtLeast(Math.Max(house?.Wanted ?? options.Value.Shards, known.LastOrDefault() + 1), cancellation);
            house = await ledger.House(cancellation);
        }

        var missing = Enumerable.Range(0, house!.Wanted).Except(known).ToList();
        if (missing.Count > 0)
            await Shards.Add(redis.Primary(), missing);
        if (house.IsRaising)
            await raise.Run(house, cancellation);
        else if (Interlocked.Exchange(ref _inForce, house.Wanted) != house.Wanted)
            logger.ShardsInForce(house.Wanted);
        else
            _pause = s_rest;
        _waitsFor = null;
    }

    // Logged once: a raise that waits is tried four times a second.
    private void Postponed(Exception outage)
    {
        if (outage.Message != _waitsFor)
            logger.ShardsWait(outage.Message);
        _waitsFor = outage.Message;
    }
}
