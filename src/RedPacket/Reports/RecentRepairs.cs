using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Reports;

/// <summary>
/// Recent repairs, from the audits: action, actor, the first entries by name, and the time until the ledger had them.
/// </summary>
internal sealed class RecentRepairs(IDbContextFactory<LedgerDbContext> contexts)
{
    // Most openings of a gate heal nothing, and are passed over.
    private const int Looked = 200;

    /// <summary>Latest first.</summary>
    public async Task<List<Healed>> Latest(int take, CancellationToken cancellation)
    {
        string[] actions =
        [
            AuditTrail.Repair, AuditTrail.Replay, AuditTrail.Adoption, AuditTrail.Totals, AuditTrail.Correction, AuditTrail.Dismissal,
            AuditTrail.Acknowledgement, AuditTrail.GateOpened,
        ];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var audits = await db.Audits.AsNoTracking().Where(a => actions.Contains(a.Action))
            .OrderByDescending(a => a.Id).Take(Looked).ToListAsync(cancellation);
        var read = audits.Select(audit => (Audit: audit, Detail: AuditTrail.Read(audit.Detail)))
            .Where(each => each.Audit.Action != AuditTrail.GateOpened || each.Detail is { Gate: not null, Entries: > 0 })
            .Take(take).ToList();
        var names = read.Where(each => PutsEntriesInFlight(each.Audit)).SelectMany(each => each.Detail.Some).Distinct();
        var recorded = await Recorded(db, [.. names], cancellation);
        return [.. read.Select(each => new Healed(
            DateTimeOffset.FromUnixTimeMilliseconds(each.Audit.At), each.Audit.Actor, each.Audit.Action, each.Detail.Entries,
            each.Detail.Some, Seconds(each.Audit, each.Detail, recorded)))];
    }

    // Their entries go back into the outbox, and reach the ledger later. The other actions are complete in the audit's
    // own transaction.
    private static bool PutsEntriesInFlight(Audit audit) =>
        audit.Action is AuditTrail.Repair or AuditTrail.Replay or AuditTrail.Adoption;

    private static double? Seconds(Audit audit, AuditDetail detail, Dictionary<string, long> recorded)
    {
        if (!PutsEntriesInFlight(audit))
            return detail.Gate?.Seconds ?? 0;
        if (detail.Some.Count == 0 || detail.Some.Any(name => !recorded.ContainsKey(name)))
            return null;
        return Math.Max(0, detail.Some.Max(name => recorded[name]) - audit.At) / 1000.0;
    }

    // When each named entry was recorded; those that the ledger does not have are left out.
    private static async Task<Dictionary<string, long>> Recorded(
        LedgerDbContext db, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        if (names.Count == 0)
            return [];
        var entries = names.Select(name => name.Split(' ')).Where(parts => parts.Length == 2).ToList();
        string[] packetIds = [.. entries.Select(parts => parts[0]).Distinct()];
        long[] ordinals = [.. entries.Select(parts => long.TryParse(parts[1].TrimStart('r'), out var ordinal) ? ordinal : 0).Distinct()];
        var query =
            from packet in db.Packets
            where EF.Parameter(packetIds).Contains(packet.PacketId)
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind != EntryKind.Adjust && EF.Parameter(ordinals).Contains(transfer.Ordinal)
            join recording in db.Recordings on transfer.Recording equals recording.Id
            select new { packet.PacketId, transfer.Kind, transfer.Ordinal, recording.RecordedAt };
        return (await query.ToListAsync(cancellation)).ToDictionary(
            row => $"{row.PacketId} {RedisPackets.NameOf(row.Kind, (int)row.Ordinal)}", row => row.RecordedAt, StringComparer.Ordinal);
    }
}
