using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>An entry that is in neither outbox, ledger nor parked.</summary>
internal sealed record MissingEntry(string Entry, string PacketId, string? UserId, int Ordinal, long? AmountFen, DateTimeOffset? GrantedAt);

/// <summary>
/// The entries that a repair found and put back. <paramref name="Entries"/> names at most 1000 of them. The accounts
/// are there only when totals were asked for.
/// </summary>
internal sealed record RepairAnswer(
    bool DryRun, long Found, long Issued, IReadOnlyList<MissingEntry> Entries, IReadOnlyList<AccountDifference>? Accounts = null);

/// <summary>
/// Puts back into the outbox what outbox, ledger and parked entries all lack, after a second reading has said the same
/// (PROTOCOL 7.3). The packet's own record makes the entry. So a second repair, or a repair of an entry that arrives after all, makes
/// no twin.
/// </summary>
internal sealed class MissingEntryRepair(
    RedisReader redis, PacketComparer comparer, RedisPackets packets, ShardGate gate, AuditTrail audits, ILogger<MissingEntryRepair> logger)
{
    private const int PacketsPerPage = 200;
    private const int EntriesPerCall = 500;

    // An outbox that was deleted may have held 20 million entries of one page.
    private const int EntriesTogether = 20_000;

    // Its claims, a fund, and hardly ever more than one refund. The next round puts back what is over that.
    private const int AllOfAPacket = PacketsOptions.MostShares + 2;

    /// <summary>
    /// Everything that is not archived, in all shards whose gate is open. Throws when a shard is away, after the others
    /// were repaired.
    /// </summary>
    public async Task<RepairAnswer> Everything(Actor actor, bool dryRun, CancellationToken cancellation)
    {
        var shards = await redis.Shards();
        var answers = await Task.WhenAll(shards.Select(shard => Shard(shard, actor, dryRun, cancellation)));
        return Sum(dryRun, answers);
    }

    private async Task<RepairAnswer> Shard(int shard, Actor actor, bool dryRun, CancellationToken cancellation)
    {
        var sum = Sum(dryRun, []);
        await foreach (var page in redis.Live(shard, PacketsPerPage, cancellation))
            sum = Sum(dryRun, [sum, await Some(shard, page, actor, dryRun, cancellation)]);
        return sum;
    }

    private static RepairAnswer Sum(bool dryRun, IReadOnlyList<RepairAnswer> answers) => new(
        dryRun, answers.Sum(answer => answer.Found), answers.Sum(answer => answer.Issued),
        [.. answers.SelectMany(answer => answer.Entries).Take(ComparisonTally.Listed)]);

    /// <summary>These packets of one shard.</summary>
    public async Task<RepairAnswer> Some(
        int shard, IReadOnlyList<string> packetIds, Actor actor, bool dryRun, CancellationToken cancellation)
    {
        // The walk puts back what it finds missing. Before it a packet proves nothing.
        if (packetIds.Count == 0 || await gate.Look(shard) is not { IsWalked: false })
            return new RepairAnswer(dryRun, 0, 0, []);
        var sum = Sum(dryRun, []);
        List<MissingEntry> missing = [];
        await foreach (var packet in comparer.Compare(packetIds, await redis.Now(shard), cancellation, AllOfAPacket))
        {
            missing.AddRange(packet.Tally.MissingEntries.Select(
                gone => new MissingEntry(gone.Entry, gone.PacketId, gone.UserId, gone.Ordinal, gone.RedisFen, gone.Since)));
            if (missing.Count < EntriesTogether)
                continue;
            sum = Sum(dryRun, [sum, await PutBack(missing, actor, dryRun, cancellation)]);
            missing.Clear();
        }
        return Sum(dryRun, [sum, await PutBack(missing, actor, dryRun, cancellation)]);
    }

    private async Task<RepairAnswer> PutBack(List<MissingEntry> missing, Actor actor, bool dryRun, CancellationToken cancellation)
    {
        MissingEntry[] named = [.. missing.Take(ComparisonTally.Listed)];
        if (dryRun || missing.Count == 0)
            return new RepairAnswer(dryRun, missing.Count, 0, named);
        await audits.Write(actor, AuditTrail.Repair, [.. missing.Select(entry => $"{entry.PacketId} {Name(entry)}")], cancellation);
        CrashPoint.Pass(CrashPoint.RepairAudited);
        var issued = 0L;
        foreach (var packet in missing.GroupBy(entry => entry.PacketId))
        {
            foreach (var some in packet.Chunk(EntriesPerCall))
                issued += (await packets.PutBack(packet.Key, [.. some.Select(Name)])).Count;
            CrashPoint.Pass(CrashPoint.RepairPutBack);
        }
        logger.EntriesPutBack(missing.Count, actor.Name, issued);
        return new RepairAnswer(dryRun, missing.Count, issued, named);
    }

    private static string Name(MissingEntry entry) => RedisPackets.NameOf(EntryName.KindOf(entry.Entry), entry.Ordinal);
}
