using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// Compares the packets of a shard with the ledger after its gate was opened (PROTOCOL 4.7), and rebuilds those that
/// differ. No script changes a packet before that. Packets that callers wait for come first. The others take a fifth of
/// a core at most.
/// </summary>
internal sealed class ShardWalk(
    GateOpener opener, ShardGate gate, ShardLoops shards, RedisReader redis, LedgerReader ledger, WalkComparison comparison,
    ArchivedKeys archived, CorrectedShares corrected, AuditTrail audits, TimeProvider clock, ILogger<ShardWalk> logger,
    StoreCommit? commit = null)
{
    private const int PerPage = 200;
    private const int RestTimes = 4;

    // One comparison may have to add up millions of rows before it can say that it is alive.
    private const int SilenceMs = 20_000;
    private static readonly TimeSpan s_wantedEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Walks, unless nothing is left to compare or another process walks. Returns early when the run is over: its gate
    /// is opened again. Packets that were compared stay compared, so a walk that was broken off goes on where it was.
    /// </summary>
    public async Task Run(int shard, CancellationToken cancellation)
    {
        if (await gate.Look(shard) is not { } run || (!run.IsWalked && run.Wanted == 0))
            return;
        if (await opener.Take(shard, SilenceMs) is not { } opening)
            return;
        var walk = new Walk(opening, shard, run.Id, clock.GetTimestamp());
        try
        {
            // Another opener may have begun a run before this one had the right. Now nobody else can.
            if ((await gate.Look(shard))?.Id == run.Id && await Compare(walk, run.IsWalked, cancellation))
                await End(walk, cancellation);
        }
        finally
        {
            await opener.Release(opening);
        }
    }

    // True when it came to its end.
    private async Task<bool> Compare(Walk walk, bool all, CancellationToken cancellation)
    {
        if (!all)
        {
            await Wanted(walk, cancellation);
            return false;
        }
        await foreach (var page in redis.Live(walk.Shard, PerPage, cancellation))
        {
            if (!await Page(walk, page, cancellation))
                return false;
        }
        for (var after = 0L; ;)
        {
            var page = await ledger.NotArchived(walk.Shard, after, PerPage, cancellation);
            if (page.Count == 0)
                break;
            after = page[^1].Number;
            if (!await Page(walk, [.. page.Select(packet => packet.PacketId)], cancellation))
                return false;
        }
        await archived.Restore(walk.Opening, () => Wanted(walk, cancellation), cancellation);
        return true;
    }

    private async Task End(Walk walk, CancellationToken cancellation)
    {
        var (count, seconds) = (walk.Count, Math.Round(clock.GetElapsedTime(walk.Started).TotalSeconds, 3));
        var (beganAt, drained) = opener.LastOpening(walk.Shard);
        await corrected.Park(walk.Shard, cancellation);
        // The audit comes first: nothing ends that is not written down.
        await audits.Write(
            new GateDetail(
                walk.Shard, beganAt, count.Packets, count.Rebuilt, count.Claims, count.PutBack, count.Forgotten, seconds, drained),
            count.Some, cancellation);
        await walk.Opening.Walked(walk.Run);
        if (commit is not null)
            await commit.Commit();
        logger.ShardWalked(walk.Shard, count.Packets, count.Rebuilt, count.Claims, count.PutBack, seconds);
    }

    // A page at the walk's pace, with what is wanted before it and while it rests. False when the run is over.
    private async Task<bool> Page(Walk walk, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        await Wanted(walk, cancellation);
        var started = clock.GetTimestamp();
        await comparison.Compare(walk, ids, cancellation);
        for (var rest = shards.Rest(clock.GetElapsedTime(started), RestTimes); rest > TimeSpan.Zero && ids.Count == PerPage;)
        {
            var pause = rest < s_wantedEvery ? rest : s_wantedEvery;
            await Task.Delay(pause, clock, cancellation);
            rest -= pause;
            await Wanted(walk, cancellation);
        }
        return await opener.IsOpen(walk.Shard);
    }

    // A page at a time: packets that nobody has must not keep the walk from the others.
    private async Task Wanted(Walk walk, CancellationToken cancellation)
    {
        if (await redis.Wanted(walk.Shard, PerPage) is { Count: > 0 } ids)
            await comparison.Compare(walk, ids, cancellation);
        await walk.Opening.Renew();
    }
}
