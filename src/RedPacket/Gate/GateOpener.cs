using System.Collections.Concurrent;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Opens the gate of a shard after its packets have been compared with the ledger and rebuilt. From just before the comparison on, the
/// ledger records nothing new that an earlier run granted: what was compared stays compared.
/// </summary>
internal sealed class GateOpener(
    IConnectionMultiplexer redis, ShardGate gate, ShardCount shards, ShardRebuild packets, LedgerReader ledger, Journal journal,
    AuditTrail audits, TimeProvider clock, ILogger<GateOpener> logger, StoreCommit? commit = null)
{
    private static readonly TimeSpan s_fenceLimit = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<int, bool> _seenOpen = new();

    /// <summary>
    /// True when Redis and ledger have the same run, and the ledger knows no delivery number that Redis has not handed out. A ledger with
    /// another run records nothing of this one: it was restored, or met a fund that Redis had forgotten.
    /// </summary>
    public async Task<bool> IsOpen(int shard)
    {
        // Numbers only grow, so the ledger is read first.
        var recorded = await ledger.Recorded(shard, CancellationToken.None);
        if (await gate.Look(shard) is not { } run)
            return false;
        _seenOpen[shard] = true;
        return recorded.HighestSeq <= run.HighestSeq && recorded.Run == run.Id;
    }

    /// <summary>Compares and opens one shard, unless another process does. If it throws, the gate is still shut.</summary>
    public async Task Open(int shard, CancellationToken cancellation)
    {
        var opening = new GateOpening(redis, shard, clock, isEmbedded: commit is not null);
        if (!await opening.Take())
            return;
        try
        {
            // Another process may have opened it since it was looked at.
            if (await IsOpen(shard))
                await opening.Release();
            else
                await Open(opening, shard, cancellation);
        }
        catch
        {
            await Release(opening);
            throw;
        }
    }

    private async Task Open(GateOpening opening, int shard, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var (seen, highestSeq) = await ledger.Recorded(shard, cancellation);
        // An empty shard has nothing in flight, so a first start does not wait for a broker. A shard that was open before may have entries
        // in flight, even if Redis was flushed and the ledger has seen nothing yet.
        var fences = _seenOpen.ContainsKey(shard) || await packets.HasAny(shard, cancellation);
        var (beganAt, usedSeq) = await opening.Begin(highestSeq, fences);
        CrashPoint.Pass(CrashPoint.GateBegun);
        var drained = !fences || await opening.WaitForFences(s_fenceLimit, cancellation);
        await opening.Renew();
        // The ledger's run shows from then on that earlier shards know of this one.
        await shards.Tell(shard, isNew: seen is null, cancellation);
        // Two servers may both think that they are the primary, each with an opener of its side. The ledger takes one of them.
        if (!await journal.BeginRun(shard, seen, opening.Run, usedSeq, cancellation))
            throw new OpeningLostException(shard);
        // An earlier shard may have lost it again before the ledger knew.
        if (seen is null)
            await shards.Tell(shard, isNew: true, cancellation);
        CrashPoint.Pass(CrashPoint.GateRunBegun);
        var count = await packets.Run(opening, shard, cancellation);
        var seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3);
        // The audit comes first: nothing is done that is not written down.
        await audits.Write(
            new GateDetail(shard, beganAt, count.Packets, count.Rebuilt, count.Claims, count.PutBack, count.Forgotten, seconds, drained),
            count.Some, cancellation);
        await opening.Open();
        CrashPoint.Pass(CrashPoint.GateOpened);
        if (commit is not null)
            await commit.Commit();
        logger.GateOpened(shard, count.Packets, count.Rebuilt, count.Claims, count.PutBack, seconds, drained);
    }

    private async Task Release(GateOpening opening)
    {
        try
        {
            await opening.Release();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            logger.GateStaysShut(exception.Message);
        }
    }
}
