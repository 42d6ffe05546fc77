using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>An entry that is in neither outbox, ledger nor parked.</summary>
internal sealed record MissingEntry(string Entry, string PacketId, string? UserId, int Ordinal, long? AmountFen, DateTimeOffset? GrantedAt);

/// <summary>
/// The entries that a repair found and put back. <paramref name="Entries"/> names at most 1000 of them. The accounts are there only when
/// totals were asked for.
/// </summary>
internal sealed record RepairAnswer(
    bool DryRun, long Found, long Issued, IReadOnlyList<MissingEntry> Entries, IReadOnlyList<AccountDifference>? Accounts = null);

/// <summary>
/// Puts back into the outbox what outbox, ledger and parked entries all lack, after a second reading has said the same. The packet's own
/// record makes the entry. So a second repair, or a repair of an entry that arrives after all, makes no twin.
/// </summary>
internal sealed class MissingEntryRepair(
    RedisReader redis, PacketComparer comparer, RedisPackets packets, ShardGate gate, AuditTrail audits, ILogger<MissingEntryRepair> logger)
{
    private const int PacketsPerPage = 200;
    private const int EntriesPerCall = 500;

    // Its claims, a fund, and hardly ever more than one refund. The next round puts back what is over that.
    private const int AllOfAPacket = PacketsOptions.MostShares + 2;

    /// <summary>Everything that is not archived, in all shards whose gate is open.</summary>
    public async Task<RepairAnswer> Everything(Actor actor, bool dryRun, CancellationToken cancellation)
    {
        var (found, issued) = (0L, 0L);
        List<MissingEntry> entries = [];
        foreach (var shard in await redis.Shards())
        {
            await foreach (var page in redis.Live(shard, PacketsPerPage, cancellation))
            {
                var answer = await Some(shard, page, actor, dryRun, cancellation);
                (found, issued) = (found + answer.Found, issued + answer.Issued);
                entries.AddRange(answer.Entries.Take(ComparisonTally.Listed - entries.Count));
            }
        }
        return new RepairAnswer(dryRun, found, issued, entries);
    }

    /// <summary>These packets of one shard.</summary>
    public async Task<RepairAnswer> Some(
        int shard, IReadOnlyList<string> packetIds, Actor actor, bool dryRun, CancellationToken cancellation)
    {
        // While a gate is shut, only its opening puts lost entries back.
        if (packetIds.Count == 0 || await gate.Look(shard) is null)
            return new RepairAnswer(dryRun, 0, 0, []);
        var missing = await comparer.Compare(packetIds, await redis.Now(shard), cancellation, AllOfAPacket)
            .SelectMany(packet => packet.Tally.MissingEntries)
            .Select(gone => new MissingEntry(gone.Entry, gone.PacketId, gone.UserId, gone.Ordinal, gone.RedisFen, gone.Since))
            .ToArrayAsync(cancellation);
        var issued = dryRun || missing.Length == 0 ? 0 : await PutBack(missing, actor, cancellation);
        return new RepairAnswer(dryRun, missing.Length, issued, missing);
    }

    private async Task<long> PutBack(MissingEntry[] missing, Actor actor, CancellationToken cancellation)
    {
        await audits.Write(actor, AuditTrail.Repair, [.. missing.Select(entry => $"{entry.PacketId} {Name(entry)}")], cancellation);
        CrashPoint.Pass(CrashPoint.RepairAudited);
        var issued = 0L;
        foreach (var packet in missing.GroupBy(entry => entry.PacketId))
        {
            foreach (var some in packet.Chunk(EntriesPerCall))
                issued += (await packets.PutBack(packet.Key, [.. some.Select(Name)])).Count;
            CrashPoint.Pass(CrashPoint.RepairPutBack);
        }
        logger.EntriesPutBack(missing.Length, actor.Name, issued);
        return issued;
    }

    private static string Name(MissingEntry entry) =>
        RedisPackets.NameOf(
            entry.Entry switch { EntryName.Fund => EntryKind.Fund, EntryName.Refund => EntryKind.Refund, _ => EntryKind.Grab },
            entry.Ordinal);
}
