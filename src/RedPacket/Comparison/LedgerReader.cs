using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Comparison;

/// <summary>
/// The ledger as a comparison reads it: sums per packet, rows and parked entries by identity, in pages. Writes nothing.
/// </summary>
internal sealed partial class LedgerReader(IDbContextFactory<LedgerDbContext> contexts)
{
    private const long OrdinalsPerPacket = Entry.MostOrdinal + 1;

    /// <summary>The sums of these packets, in their order, read at one moment.</summary>
    public async Task<LedgerPacketSums[]> Packets(IReadOnlyList<string> packetIds, CancellationToken cancellation)
    {
        var ids = packetIds.ToArray();
        string[] accounts = [.. ids.Select(AccountCode.Packet)];
        await using var snapshot = await LedgerSnapshot.Open(contexts, cancellation);
        var packets = await snapshot.Db.Packets.AsNoTracking().Where(p => EF.Parameter(ids).Contains(p.PacketId))
            .ToDictionaryAsync(p => p.PacketId, StringComparer.Ordinal, cancellation);
        var escrows = await snapshot.Db.Accounts.Where(a => EF.Parameter(accounts).Contains(a.Code))
            .ToDictionaryAsync(a => a.Code, a => new AccountTotals(a.Debits, a.Credits), StringComparer.Ordinal, cancellation);
        var sums = await KindSum.Read(snapshot.Db, [.. packets.Values.Select(p => p.Number)], cancellation);
        var gaps = await KindSum.Gaps(
            snapshot.Db, [.. sums.Where(s => s.Key.Kind == EntryKind.Grab && s.Value.HasGaps).Select(s => s.Key.Packet)], cancellation);
        return [.. ids.Select(
            id => Sums(id, packets.GetValueOrDefault(id), sums, gaps, escrows.GetValueOrDefault(AccountCode.Packet(id))))];
    }

    private static LedgerPacketSums Sums(
        string id, LedgerPacket? packet, Dictionary<(long Packet, EntryKind Kind), KindSum> sums, ILookup<long, OrdinalGap> gaps,
        AccountTotals? escrow)
    {
        KindSum Sum(EntryKind kind) => packet is not null && sums.TryGetValue((packet.Number, kind), out var sum) ? sum : KindSum.None;
        return new LedgerPacketSums(id)
        {
            ArchivedAt = packet?.ArchivedAt,
            Fund = Sum(EntryKind.Fund),
            Grabs = Sum(EntryKind.Grab),
            Refund = Sum(EntryKind.Refund),
            Gaps = packet is null ? [] : gaps[packet.Number],
            Escrow = escrow,
        };
    }

    /// <summary>The rows at these identities, in two queries whatever their number.</summary>
    public async Task<Dictionary<(string PacketId, EntryKind Kind, int Ordinal), LedgerEntry>> Rows(
        IReadOnlyList<PacketEntry> entries, CancellationToken cancellation)
    {
        var ids = entries.Select(entry => entry.Packet.PacketId).Distinct().ToArray();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var packets = await db.Packets.Where(p => EF.Parameter(ids).Contains(p.PacketId)).Select(p => new { p.PacketId, p.Number })
            .ToDictionaryAsync(p => p.PacketId, p => p.Number, StringComparer.Ordinal, cancellation);
        // One number for a packet and an ordinal. Each finds its row by the unique index.
        long[] identities = [.. entries.Where(e => packets.ContainsKey(e.Packet.PacketId) && e.Ordinal <= Entry.MostOrdinal)
            .Select(e => packets[e.Packet.PacketId] * OrdinalsPerPacket + e.Ordinal).Distinct()];
        EntryKind[] kinds = [EntryKind.Fund, EntryKind.Grab, EntryKind.Refund];
        var query =
            from identity in LedgerProvider.Of(db.Database.GetDbConnection()).Rows(db, identities)
            join transfer in db.Transfers on new { Packet = identity / OrdinalsPerPacket, Ordinal = identity % OrdinalsPerPacket }
                equals new { transfer.Packet, transfer.Ordinal }
            where EF.Constant(kinds).Contains(transfer.Kind)
            join account in db.Accounts on transfer.CreditAccount equals account.Id
            select new
            {
                transfer.Packet,
                transfer.Kind,
                transfer.Ordinal,
                account.Code,
                transfer.AmountFen,
                transfer.GrantedAt,
                transfer.Id,
                transfer.Recording,
            };
        var names = packets.ToDictionary(packet => packet.Value, packet => packet.Key);
        return (await query.ToListAsync(cancellation)).ToDictionary(
            r => (names[r.Packet], r.Kind, (int)r.Ordinal),
            r => new LedgerEntry((int)r.Ordinal, AccountCode.UserOf(r.Code), r.AmountFen, r.GrantedAt, r.Id, r.Recording));
    }

    /// <summary>The rows of one kind of a packet in a range of ordinals, by ordinal.</summary>
    public async Task<List<LedgerEntry>> Rows(
        string packetId, EntryKind kind, int first, int last, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query =
            from transfer in db.Transfers
            where transfer.Packet == db.Packets.Where(p => p.PacketId == packetId).Select(p => (long?)p.Number).FirstOrDefault()
                && transfer.Kind == kind && transfer.Ordinal >= first && transfer.Ordinal <= last
            join account in db.Accounts on transfer.CreditAccount equals account.Id
            orderby transfer.Ordinal
            select new { transfer.Ordinal, account.Code, transfer.AmountFen, transfer.GrantedAt, transfer.Id, transfer.Recording };
        var rows = await query.Take(take).ToListAsync(cancellation);
        return rows.ConvertAll(
            r => new LedgerEntry((int)r.Ordinal, AccountCode.UserOf(r.Code), r.AmountFen, r.GrantedAt, r.Id, r.Recording));
    }

    /// <summary>The rows of users who have more than one share of a packet, by user and ordinal.</summary>
    public async Task<List<LedgerEntry>> Repeated(string packetId, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var grabs = db.Transfers.Where(
            t => t.Kind == EntryKind.Grab && db.Packets.Any(p => p.PacketId == packetId && p.Number == t.Packet));
        var twice = grabs.GroupBy(t => t.CreditAccount).Where(g => g.Count() > 1).Select(g => g.Key);
        var query =
            from transfer in grabs
            where twice.Contains(transfer.CreditAccount)
            join account in db.Accounts on transfer.CreditAccount equals account.Id
            orderby transfer.CreditAccount, transfer.Ordinal
            select new { transfer.Ordinal, account.Code, transfer.AmountFen, transfer.GrantedAt, transfer.Id, transfer.Recording };
        var rows = await query.Take(take).ToListAsync(cancellation);
        return rows.ConvertAll(
            r => new LedgerEntry((int)r.Ordinal, AccountCode.UserOf(r.Code), r.AmountFen, r.GrantedAt, r.Id, r.Recording));
    }

    /// <summary>The ordinal of the user's share in the ledger; null when it has none.</summary>
    public async Task<int?> OrdinalOf(string packetId, string userId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var code = AccountCode.Wallet(userId);
        return await db.Transfers
            .Where(t => t.Kind == EntryKind.Grab && db.Packets.Any(p => p.PacketId == packetId && p.Number == t.Packet)
                && db.Accounts.Any(a => a.Code == code && a.Id == t.CreditAccount))
            .Select(t => (int?)t.Ordinal).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The parked entries of a packet, of one kind, in a range of ordinals, resolved ones too.</summary>
    public async Task<List<ParkedClaim>> Parked(string packetId, EntryKind kind, int first, int last, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Parked.Where(p => p.PacketId == packetId && p.Kind == kind && p.Ordinal >= first && p.Ordinal <= last)
            .OrderBy(p => p.Id).Select(p => new ParkedClaim(p.Ordinal, p.ParkedAt, p.Reason, p.Payload, p.ResolvedAt != null))
            .ToListAsync(cancellation);
    }

    /// <summary>The packets among these of which the ledger has a row.</summary>
    public async Task<HashSet<string>> KnownAmong(string[] packetIds, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Packets.Where(p => EF.Parameter(packetIds).Contains(p.PacketId)).Select(p => p.PacketId)
            .ToHashSetAsync(cancellation);
    }

    /// <summary>When the packet was archived; null when it was not, or when the ledger does not have it.</summary>
    public async Task<long?> ArchivedAt(string packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Packets.Where(p => p.PacketId == packetId).Select(p => p.ArchivedAt).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>A page of the packets of a shard that are not archived, in the order of their first transfer.</summary>
    public async Task<List<(long Number, string PacketId)>> NotArchived(int shard, long after, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var page = await db.Packets.Where(p => p.ArchivedAt == null && p.Shard == shard && p.Number > after)
            .OrderBy(p => p.Number).Take(take).Select(p => new { p.Number, p.PacketId }).ToListAsync(cancellation);
        return [.. page.Select(p => (p.Number, p.PacketId))];
    }

    /// <summary>The sums over archived packets, by shard.</summary>
    public async Task<Dictionary<int, LedgerShard>> Archived(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Shards.AsNoTracking().ToDictionaryAsync(s => s.Shard, cancellation);
    }

    /// <summary>
    /// The sums over a shard's archived packets, and the packets archived since a moment, both of one snapshot.
    /// </summary>
    public async Task<(LedgerShard? Sums, List<string> Since)> ArchivedSince(int shard, long sinceMs, CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.Open(contexts, cancellation);
        var sums = await snapshot.Db.Shards.AsNoTracking().FirstOrDefaultAsync(s => s.Shard == shard, cancellation);
        var since = await snapshot.Db.Packets.Where(p => p.ArchivedAt >= sinceMs && p.Shard == shard).Select(p => p.PacketId)
            .ToListAsync(cancellation);
        return (sums, since);
    }

    /// <summary>How a row was recorded: when it was sent, when it was recorded, and under which trace.</summary>
    public async Task<Recording?> Recording(long id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Recordings.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, cancellation);
    }

    /// <summary>
    /// By packet: the shares that corrections have paid, or will. The packet may have no claim for them.
    /// </summary>
    public async Task<ILookup<string, LostShare>> LostShares(
        int shard, IReadOnlyList<string> packetIds, CancellationToken cancellation)
    {
        var ids = packetIds.ToArray();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.Parked.Where(p => p.Kind == EntryKind.Grab && EF.Parameter(ids).Contains(p.PacketId)
                && (p.Resolution == Resolution.Paid
                    || (p.ResolvedAt == null && p.LostRun != null && p.Shard == shard && p.Reason == ParkReason.Conflict)))
            .Select(p => new { p.PacketId, p.Payload, p.ResolvedAt }).ToListAsync(cancellation);
        return rows.ToLookup(row => row.PacketId, row => new LostShare(row.Payload, row.ResolvedAt is not null), StringComparer.Ordinal);
    }

    /// <summary>The fund of a packet, with the terms that it was created with; null when the ledger has none.</summary>
    public async Task<LedgerFund?> Fund(string packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query =
            from packet in db.Packets
            where packet.PacketId == packetId && packet.Terms != null
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == EntryKind.Fund
            select new LedgerFund(transfer.AmountFen, transfer.GrantedAt, packet.Terms!);
        return await query.SingleOrDefaultAsync(cancellation);
    }

    /// <summary>A page of the archived packets of a shard that were funded since a moment, by number.</summary>
    public async Task<List<(long Number, string PacketId, LedgerFund Fund)>> ArchivedFunds(
        int shard, long sinceMs, long after, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query =
            from packet in db.Packets
            where packet.ArchivedAt >= sinceMs && packet.Shard == shard && packet.Number > after && packet.Terms != null
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == EntryKind.Fund && transfer.GrantedAt >= sinceMs
            orderby packet.Number
            select new { packet.Number, packet.PacketId, Fund = new LedgerFund(transfer.AmountFen, transfer.GrantedAt, packet.Terms!) };
        return [.. (await query.Take(take).ToListAsync(cancellation)).Select(row => (row.Number, row.PacketId, row.Fund))];
    }

    /// <summary>The highest ordinal of the packet's grabs; 0 when it has none.</summary>
    public async Task<int> HighestOrdinal(string packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query =
            from packet in db.Packets
            where packet.PacketId == packetId
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == EntryKind.Grab
            select (long?)transfer.Ordinal;
        return (int)(await query.MaxAsync(cancellation) ?? 0);
    }

    /// <summary>The lines among these that were ever parked.</summary>
    public async Task<List<string>> ParkedAmong(string[] lines, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Parked.Where(p => EF.Parameter(lines).Contains(p.Payload)).Select(p => p.Payload).ToListAsync(cancellation);
    }
}
