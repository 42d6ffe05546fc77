using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>One walk through the packets of a shard, and how far it has come.</summary>
/// <param name="Run">The run in which the packets are compared.</param>
/// <param name="Started">The time stamp of its start.</param>
internal sealed record Walk(GateOpening Opening, int Shard, string Run, long Started)
{
    public WalkCount Count { get; set; } = WalkCount.None;
}

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
/// Compares packets with the ledger for a walk, a page at a time. Marks those that agree as compared, rebuilds those that
/// differ, and deletes those that the ledger has archived.
/// </summary>
internal sealed class WalkComparison(
    RedisReader redis, LedgerReader ledger, PacketComparer comparer, PacketRebuild rebuild, LostKeys keys)
{
    private const int PerComparison = 50;

    /// <summary>Compares these packets. Those that were compared in this run already are left out.</summary>
    public async Task Compare(Walk walk, IReadOnlyList<string> ids, CancellationToken cancellation)
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

    // Packets that neither side has. Redis has no run of any that is asked for.
    private async Task<HashSet<string>> Unknown(string[] ids, CancellationToken cancellation)
    {
        var known = await ledger.KnownAmong(ids, cancellation);
        var stored = await redis.Exist(ids);
        return [.. ids.Where((id, index) => !stored[index] && !known.Contains(id))];
    }

    private async Task CompareDue(Walk walk, string[] due, CancellationToken cancellation)
    {
        var lost = await ledger.LostShares(walk.Shard, due, cancellation);
        var haveShares = due.Zip(await redis.HaveShares(due)).Where(each => each.Second).Select(each => each.First).ToHashSet();
        Dictionary<string, string> found = [];
        List<StoredPacket> same = [];
        // One difference of a packet is enough: then it is rebuilt entry by entry.
        await foreach (var packet in comparer.Compare(due, nowMs: 0, cancellation, listAtMost: 1))
        {
            walk.Count = walk.Count with { Packets = walk.Count.Packets + 1 };
            if (IsSame(packet) && !lost.Contains(packet.PacketId) && (!packet.Stored!.IsOpen || haveShares.Contains(packet.PacketId)))
            {
                same.Add(packet.Stored);
                found[packet.PacketId] = Found.Same;
            }
            else
            {
                found[packet.PacketId] = await Rebuild(walk, packet, [.. lost[packet.PacketId]], cancellation);
            }
            CrashPoint.Pass(CrashPoint.GateBetweenPackets);
        }

        // A key may be lost though its packet is not. PacketRebuild restores those of packets that only the ledger has.
        await keys.Restore(walk.Opening, same.Select(packet => (packet.PacketId, packet.AmountFen, packet.CreatedAt, packet.Terms)));
        await walk.Opening.Checked(walk.Run, found);
    }

    private static bool IsSame(PacketComparison packet) =>
        packet is { Archived: false, Stored: not null } && packet.Tally.WrongTotal + packet.Tally.Unbalanced == 0;

    private async Task<string> Rebuild(Walk walk, PacketComparison packet, IReadOnlyList<LostShare> lost,
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
        var rebuilt = await rebuild.Run(walk.Opening, walk.Run, packet.PacketId, packet.Stored, lost, cancellation);
        walk.Count = walk.Count.With(rebuilt, isNew: packet.Stored is null);
        return rebuilt.IsWhole ? Found.Done : Found.Gone;
    }
}

/// <summary>How the walk found a packet, in the words of <c>checked.lua</c>.</summary>
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
