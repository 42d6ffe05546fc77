using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Comparison;

/// <summary>Parked entries as an operator sees them. <paramref name="Resolution"/>: what was done, and null while it waits.</summary>
internal sealed record ParkedLine(
    long Id, string Reason, string Detail, string? PacketId, string Entry, int Ordinal, string? UserId, long? AmountFen, DateTimeOffset ParkedAt,
    DateTimeOffset? PublishedAt, string? Traceparent, string? LostRun, string Payload, DateTimeOffset? ResolvedAt, string? Resolution);

/// <summary>One of them, with what the ledger has at its identity and what was booked to make it good; each null where there is nothing.</summary>
internal sealed record ParkedDetail(ParkedLine Parked, RecordedTransfer? Standing, RecordedTransfer? Adjustment);

/// <summary>A transfer as it stands in the ledger. <paramref name="UserId"/>: whom it credits; null for a fund.</summary>
internal sealed record RecordedTransfer(long Id, string? UserId, long AmountFen, DateTimeOffset GrantedAt, DateTimeOffset? SettledAt);

/// <summary>A page of them. <paramref name="Next"/>: what to pass as <c>after</c>; null at the end.</summary>
internal sealed record ParkedPage(IReadOnlyList<ParkedLine> Parked, long Total, long? Next);

/// <summary>Reads the table of parked entries, in pages.</summary>
internal sealed class ParkedReader(IDbContextFactory<LedgerDbContext> contexts)
{
    /// <summary>Parked entries as differences of a report, oldest first, with what the ledger has at the same identity.</summary>
    public async Task<List<Difference>> Differences(string? packetId, int take, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        var rows = await books.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && (packetId == null || p.PacketId == packetId)).OrderBy(p => p.Id).Take(take)
            .Select(p => new
            {
                Entry = p,
                BookedFen = books.Transfers.Where(t => books.Packets.Any(packet => packet.PacketId == p.PacketId && packet.Number == t.Packet)
                    && t.Kind == p.Kind && t.Ordinal == p.Ordinal).Select(t => (long?)t.AmountFen).FirstOrDefault(),
            }).ToListAsync(cancellation);
        return [.. rows.Select(row => new Difference(DifferenceKind.Parked, EntryName.Of(row.Entry.Kind), row.Entry.PacketId,
            row.Entry.UserId.Length > 0 ? row.Entry.UserId : null, row.Entry.Ordinal, row.Entry.AmountFen > 0 ? row.Entry.AmountFen : null, row.BookedFen,
            EntryState.Time(row.Entry.ParkedAt)))];
    }

    /// <summary>What the house has made good for a packet.</summary>
    public async Task<long> AdjustedFen(string packetId, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Transfers.Where(t => t.Kind == EntryKind.Adjust && books.Packets.Any(p => p.PacketId == packetId && p.Number == t.Packet))
            .SumAsync(t => t.AmountFen, cancellation);
    }

    public async Task<long> Count(string packetId, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Parked.LongCountAsync(p => p.ResolvedAt == null && p.PacketId == packetId, cancellation);
    }

    /// <summary>A page of parked entries that wait, or of those that were dealt with; of one reason or of all.</summary>
    public async Task<ParkedPage> Page(string? reason, bool resolved, long after, int limit, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        var chosen = books.Parked.AsNoTracking().Where(p => (p.ResolvedAt != null) == resolved && (reason == null || p.Reason == reason));
        var rows = await chosen.Where(p => p.Id > after).OrderBy(p => p.Id).Take(limit).ToListAsync(cancellation);
        var total = await chosen.LongCountAsync(cancellation);
        return new ParkedPage([.. rows.Select(Line)], total, rows.Count == limit ? rows[^1].Id : null);
    }

    /// <summary>One parked entry, dealt with or not; null when there is none of that id.</summary>
    public async Task<ParkedDetail?> One(long id, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        if (await books.Parked.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancellation) is not { } entry)
            return null;
        return new ParkedDetail(Line(entry), await Standing(books, entry.PacketId, entry.Kind, entry.Ordinal, cancellation),
            await Standing(books, entry.PacketId, EntryKind.Adjust, entry.Id, cancellation));
    }

    private static async Task<RecordedTransfer?> Standing(LedgerDbContext books, string packetId, EntryKind kind, long ordinal, CancellationToken cancellation)
    {
        var query =
            from packet in books.Packets
            where packet.PacketId == packetId
            join transfer in books.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == kind && transfer.Ordinal == ordinal
            join account in books.Accounts on transfer.CreditAccount equals account.Id
            select new { transfer, account.Code, RecordedAt = books.Recordings.Where(r => r.Id == transfer.Recording).Select(r => (long?)r.RecordedAt).FirstOrDefault() };
        return await query.AsNoTracking().FirstOrDefaultAsync(cancellation) is { } row
            ? new RecordedTransfer(row.transfer.Id, AccountCode.UserOf(row.Code) is { Length: > 0 } user ? user : null, row.transfer.AmountFen,
                DateTimeOffset.FromUnixTimeMilliseconds(row.transfer.GrantedAt), EntryState.Time(row.RecordedAt))
            : null;
    }

    /// <summary>A page of the grabs that wait as conflicts and that an earlier run of Redis granted.</summary>
    public async Task<List<ParkedEntry>> OfLostRuns(long after, int take, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && p.LostRun != null && p.Kind == EntryKind.Grab && p.Id > after)
            .OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    /// <summary>Those of these ids that are parked and wait; null for the next ones after an id.</summary>
    public async Task<List<ParkedEntry>> Entries(IReadOnlyList<long>? ids, long after, int take, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && p.Id > after && (ids == null || ids.Contains(p.Id))).OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    private static ParkedLine Line(ParkedEntry entry) => new(entry.Id, entry.Reason, entry.Detail, entry.PacketId.Length > 0 ? entry.PacketId : null,
        EntryName.Of(entry.Kind), entry.Ordinal, entry.UserId.Length > 0 ? entry.UserId : null, entry.AmountFen > 0 ? entry.AmountFen : null,
        DateTimeOffset.FromUnixTimeMilliseconds(entry.ParkedAt), entry.PublishedAt > 0 ? EntryState.Time(entry.PublishedAt) : null, entry.Traceparent, entry.LostRun, entry.Payload,
        EntryState.Time(entry.ResolvedAt), entry.Resolution);
}
