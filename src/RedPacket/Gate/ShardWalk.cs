using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>The packets that a walk compared, and the entries that it wrote.</summary>
/// <param name="Some">The first written entries, as repairs name them.</param>
internal sealed record WalkCount(int Packets, int Rebuilt, int Claims, int PutBack, int Forgotten,
    IReadOnlyList<string> Some)
{
    private const int Named = 20;

    public static readonly WalkCount None = new(0, 0, 0, 0, 0, []);

    /// <summary>
    /// The count with one more packet that was rebuilt. <paramref name="isNew"/>: Redis had nothing of it.
    /// </summary>
    public WalkCount With(RebuildCount packet, bool isNew) => this with
    {
        Rebuilt = Rebuilt + (isNew || packet.Claims + packet.PutBack > 0 ? 1 : 0),
        Claims = Claims + packet.Claims,
        PutBack = PutBack + packet.PutBack,
        Some = Some.Count < Named ? [.. Some, .. packet.Some.Take(Named - Some.Count)] : Some,
    };
}

/// <summary>
/// Compares the packets of a shard with the ledger after its gate was opened (PROTOCOL 4.7), and rebuilds those that
/// differ. No script changes a packet before that. Packets that callers wait for come first. The others take a fifth of
/// a core at most.
/// </summary>
internal sealed class ShardWalk(
    IConnectionMultiplexer connection, GateOpener opener, ShardGate gate, ShardLoops shards, RedisReader redis, LedgerReader ledger,
    PacketComparer comparer, PacketRebuild rebuild, SentKeys keys, HeldShares held, AuditTrail audits, IOptions<PacketsOptions> options,
    TimeProvider clock, ILogger<ShardWalk> logger, StoreCommit? commit = null)
{
    private const int PerPage = 200;
    private const int RestTimes = 4;

    // One comparison may have to add up millions of rows before it can say that it is alive.
    private const int LifeMs = 20_000;
    private const int PerComparison = 50;
    private static readonly TimeSpan s_wantedEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Walks, unless nothing is left to compare or another process walks. Returns early when the run is over: its gate
    /// is opened again. Packets that were compared stay compared, so a walk that was broken off goes on where it was.
    /// </summary>
    public async Task Run(int shard, CancellationToken cancellation)
    {
        if (await gate.Look(shard) is not { } run || (!run.IsWalked && run.Wanted == 0))
            return;
        var opening = new GateOpening(connection, shard, clock, isEmbedded: commit is not null) { LifeMs = LifeMs };
        if (!await opening.Take())
            return;
        var walk = new Walk(opening, shard, run.Id, clock.GetTimestamp());
        try
        {
            if (await Compare(walk, run.IsWalked, cancellation))
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
        await RestoreArchivedKeys(walk, cancellation);
        return true;
    }

    private async Task End(Walk walk, CancellationToken cancellation)
    {
        var (count, seconds) = (walk.Count, Math.Round(clock.GetElapsedTime(walk.Started).TotalSeconds, 3));
        var (beganAt, drained) = opener.LastOpening(walk.Shard);
        await held.Park(walk.Shard, cancellation);
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
        await ComparePackets(walk, ids, cancellation);
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
            await ComparePackets(walk, ids, cancellation);
        await walk.Opening.Renew();
    }

    private async Task ComparePackets(Walk walk, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var runs = await redis.RunsOf(ids);
        var isDue = ids.Zip(runs).ToLookup(packet => packet.Second != walk.Run, packet => packet.First);
        await walk.Opening.Checked(walk.Run, isDue[false].ToDictionary(id => id, _ => Found.Before));
        var unheard = ids.Zip(runs).Where(packet => packet.Second is null).Select(packet => packet.First).ToArray();
        var gone = unheard.Length == 0 ? [] : await Unknown(unheard, cancellation);
        await walk.Opening.Checked(walk.Run, gone.ToDictionary(id => id, _ => Found.Gone));
        foreach (var due in isDue[true].Except(gone).Chunk(PerComparison))
            await CompareDue(walk, due, cancellation);
    }

    // Of packets that Redis has no run of, those of which neither side has anything.
    private async Task<HashSet<string>> Unknown(string[] ids, CancellationToken cancellation)
    {
        var known = await ledger.KnownAmong(ids, cancellation);
        var stored = await redis.Exist(ids);
        return [.. ids.Where((id, index) => !stored[index] && !known.Contains(id))];
    }

    private async Task CompareDue(Walk walk, string[] due, CancellationToken cancellation)
    {
        var paid = await ledger.PaidLines(due, cancellation);
        var haveShares = due.Zip(await redis.HaveShares(due)).Where(each => each.Second).Select(each => each.First).ToHashSet();
        Dictionary<string, string> found = [];
        List<StoredPacket> same = [];
        // Of each packet one difference is enough: then it is rebuilt entry by entry.
        await foreach (var packet in comparer.Compare(due, nowMs: 0, cancellation, listAtMost: 1))
        {
            walk.Count = walk.Count with { Packets = walk.Count.Packets + 1 };
            if (IsSame(packet) && !paid.Contains(packet.PacketId) && (!packet.Stored!.IsOpen || haveShares.Contains(packet.PacketId)))
            {
                same.Add(packet.Stored);
                found[packet.PacketId] = Found.Same;
            }
            else
            {
                found[packet.PacketId] = await Rebuild(walk, packet, [.. paid[packet.PacketId]], cancellation);
            }
            CrashPoint.Pass(CrashPoint.GateBetweenPackets);
        }

        // A key may be lost though its packet is not. PacketRebuild restores those of packets that only the ledger has.
        await keys.Restore(same.Select(packet => (packet.PacketId, packet.AmountFen, packet.CreatedAt, packet.Terms)));
        await walk.Opening.Checked(walk.Run, found);
    }

    private static bool IsSame(PacketComparison packet) =>
        packet is { Archived: false, Stored: not null } && packet.Tally.WrongTotal + packet.Tally.Unbalanced == 0;

    private async Task<string> Rebuild(Walk walk, PacketComparison packet, IReadOnlyList<string> paid,
        CancellationToken cancellation)
    {
        if (packet.Archived)
        {
            // A restored backup may bring back what was archived since. No share of it may be granted again.
            await walk.Opening.Forget(packet.PacketId);
            walk.Count = walk.Count with { Forgotten = walk.Count.Forgotten + 1 };
            return Found.Gone;
        }
        if (packet.Unknown)
            return Found.Gone;
        var rebuilt = await rebuild.Run(walk.Opening, walk.Run, packet.PacketId, packet.Stored, paid, cancellation);
        walk.Count = walk.Count.With(rebuilt, isNew: packet.Stored is null);
        return rebuilt.IsWhole ? Found.Done : Found.Gone;
    }

    // A key outlives its packet where packets are archived soon. The default retains all packets longer than their
    // keys.
    private async Task RestoreArchivedKeys(Walk walk, CancellationToken cancellation)
    {
        var since = (clock.GetUtcNow() - PacketsOptions.KeyRetention).ToUnixTimeMilliseconds();
        for (var after = 0L; options.Value.Retain < PacketsOptions.KeyRetention;)
        {
            var page = await ledger.ArchivedFunds(walk.Shard, since, after, PerPage, cancellation);
            if (page.Count == 0)
                return;
            after = page[^1].Number;
            await keys.Restore(page.Select(packet => (packet.PacketId, packet.Fund.AmountFen, packet.Fund.GrantedAt, packet.Fund.Terms)));
            await Wanted(walk, cancellation);
        }
    }

    private sealed record Walk(GateOpening Opening, int Shard, string Run, long Started)
    {
        public WalkCount Count { get; set; } = WalkCount.None;
    }
}

/// <summary>What the walk found of a packet, in the words of <c>checked.lua</c>.</summary>
internal static class Found
{
    /// <summary>Both sides agree.</summary>
    public const string Same = "same";

    /// <summary>It was rebuilt.</summary>
    public const string Done = "done";

    /// <summary>It was compared before in this run.</summary>
    public const string Before = "before";

    /// <summary>Neither side yields it.</summary>
    public const string Gone = "gone";
}
