using System.Data.Common;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Looks for shards whose gate is shut, and opens them. A gate shuts when Redis was restarted, restored, promoted or flushed.
/// Any number of these may run; one of them opens.
/// </summary>
internal sealed class GateKeeper(
    ShardLoops shards, GateOpener opener, LedgerReader ledger, IConnectionMultiplexer redis, Journal journal, TimeProvider clock,
    ILogger<GateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => shards.Run("Gate", Keep, stoppingToken);

    private Task Keep(int shard, CancellationToken stopping)
    {
        // Logged once: a gate that waits for its ledger is tried four times a second.
        string? last = null;
        void Postponed(Exception outage)
        {
            if (outage.Message != last)
                logger.GateStaysShut(outage.Message);
            last = outage.Message;
        }

        return new Loop(clock, IsOutage, Postponed).Run(s_pause, async token =>
        {
            // Without its ledger a gate stays as it is. The journal reports that outage.
            if (journal.State.Up && !await opener.IsOpen(shard))
            {
                await RestoreShards(token);
                await opener.Open(shard, token);
            }
            last = null;
        }, stopping);
    }

    // A flushed Redis knows no shards, and those of the ledger are known again before any gate opens. The set of shards may be on another
    // server than this shard. If that one is away, it knows no shard to be unused.
    private async Task RestoreShards(CancellationToken cancellation)
    {
        try
        {
            await Shards.Add(redis.Primary(), await ledger.Shards(cancellation));
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            logger.ShardsNotRestored(exception.Message);
        }
    }

    private static bool IsOutage(Exception exception) => RedisOutage.Is(exception) || LedgerOutage.IsOutage(exception)
        || exception is DbException or OutageException or OpeningLostException;
}
