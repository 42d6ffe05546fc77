using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Looks for shards whose gate is shut, opens them, and has their packets compared. A gate shuts when Redis was
/// restarted, restored, promoted or flushed. Any number of these may run; one of them opens, and one of them compares.
/// </summary>
internal sealed class GateKeeper(
    ShardLoops shards, GateOpener opener, OpenerBeat beat, ShardWalk walk, LedgerReader ledger, IConnectionMultiplexer redis,
    Journal journal, TimeProvider clock, ILogger<GateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_forgetTurns = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        beat.IsOn = true;
        try
        {
            await shards.Run("Gate", Keep, stoppingToken);
        }
        finally
        {
            beat.IsOn = false;
        }
    }

    private Task Keep(int shard, CancellationToken stopping)
    {
        // Logged once: a gate that waits for its ledger is tried four times a second.
        string? last = null;
        // Two servers that both take themselves for the primary open in turns. They do it more and more slowly, until a
        // person ends it.
        var turns = new Backoff(s_firstWait, s_longestWait, clock);
        var lastTurn = clock.GetUtcNow() - s_forgetTurns;
        void Postponed(Exception outage)
        {
            if (outage.Message != last)
                logger.GateStaysShut(outage.Message);
            last = outage.Message;
        }

        void TookTurn()
        {
            var isRepeated = clock.GetUtcNow() - lastTurn < s_forgetTurns;
            if (!isRepeated)
                turns.Reset();
            lastTurn = clock.GetUtcNow();
            var pause = turns.Failed();
            if (isRepeated)
                logger.TwoPrimaries(shard, pause.TotalSeconds);
        }

        return new Loop(clock, GateOutage.Is, Postponed).Run(s_pause, async token =>
        {
            // Without its ledger a gate stays as it is. The journal reports that outage.
            if (!journal.State.Up || await opener.IsAtRest(shard))
                return;
            var state = await opener.Look(shard);
            // A new shard is opened by the raise that brings it into force.
            if (state == GateState.NeverOpened || (state == GateState.OpenedElsewhere && !turns.IsOver))
                return;
            if (state != GateState.Open)
            {
                await RestoreShards(token);
                if (await opener.Open(shard, token) && state == GateState.OpenedElsewhere)
                    TookTurn();
            }
            await walk.Run(shard, token);
            last = null;
        }, stopping);
    }

    // A flushed Redis knows no shards, and those of the ledger are known again before any gate opens. The set of shards
    // may be on another server than this shard. If that one is away, it knows no shard to be unused.
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
}
