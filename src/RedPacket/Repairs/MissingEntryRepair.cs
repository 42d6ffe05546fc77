using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>An entry that is in neither outbox, ledger nor parked.</summary>
internal sealed record MissingEntry(string Entry, string PacketId, string? UserId, int Ordinal, long? AmountFen, DateTimeOffset? GrantedAt);

/// <summary>What a repair found and did. <paramref name="Entries"/> names at most 1000 of them; the accounts only when totals were asked for.</summary>
internal sealed record RepairAnswer(bool DryRun, long Found, long Issued, IReadOnlyList<MissingEntry> Entries, IReadOnlyList<AccountDifference>? Accounts = null);

/// <summary>
/// Puts back into the outbox what is missing by identity in outbox, ledger and parked, after a second reading has said the same. The packet's own record makes
/// the entry, so whoever does it twice, or for something that arrives after all, makes no twin.
/// </summary>
internal sealed class MissingEntryRepair(RedisReader store, PacketComparer examination, RedisPackets packets, ShardGate gate, AuditTrail audits, ILogger<MissingEntryRepair> logger)
{
    private const int PacketsPerPage = 200;
    private const int EntriesPerCall = 500;

    // A packet has at most 100000 claims, a fund, and hardly ever more than one refund; what is over that is put back by the next round.
    private const int AllOfAPacket = 100_002;

    /// <summary>Everything that is not archived, in all shards whose gate is open.</summary>
    public async Task<RepairAnswer> Everything(string actor, bool dryRun, CancellationToken cancellation)
    {
        var (found, issued) = (0L, 0L);
        List<MissingEntry> entries = [];
        foreach (var shard in await store.Shards())
        {
            await foreach (var page in store.Live(shard, PacketsPerPage, cancellation))
            {
                var answer = await Some(shard, page, actor, dryRun, cancellation);
                (found, issued) = (found + answer.Found, issued + answer.Issued);
                entries.AddRange(answer.Entries.Take(ComparisonTally.Listed - entries.Count));
            }
        }
        return new RepairAnswer(dryRun, found, issued, entries);
    }

    /// <summary>These packets of one shard.</summary>
    public async Task<RepairAnswer> Some(int shard, IReadOnlyList<string> packetIds, string actor, bool dryRun, CancellationToken cancellation)
    {
        // While a gate is closed, what was lost is put back by its opening, and by that alone.
        if (packetIds.Count == 0 || await gate.Look(shard) is null)
            return new RepairAnswer(dryRun, 0, 0, []);
        var missing = await examination.Examine(packetIds, await store.Now(shard), cancellation, AllOfAPacket).SelectMany(packet => packet.Findings.MissingEntries)
            .Select(gone => new MissingEntry(gone.Entry, gone.PacketId, gone.UserId, gone.Ordinal, gone.RedisFen, gone.Since)).ToArrayAsync(cancellation);
        var issued = dryRun || missing.Length == 0 ? 0 : await PutBack(missing, actor, cancellation);
        return new RepairAnswer(dryRun, missing.Length, issued, missing);
    }

    private async Task<long> PutBack(MissingEntry[] missing, string actor, CancellationToken cancellation)
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
        logger.EntriesPutBack(missing.Length, actor, issued);
        return issued;
    }

    private static string Name(MissingEntry entry) =>
        RedisPackets.NameOf(entry.Entry switch { EntryName.Fund => EntryKind.Fund, EntryName.Refund => EntryKind.Refund, _ => EntryKind.Grab }, entry.Ordinal);
}
