using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Reconciliation;

/// <summary>Parked entries as an operator sees them.</summary>
internal sealed record ParkedLine(
    long Id, string Reason, string Detail, string? PacketId, string Entry, int Ordinal, string? UserId, long? AmountFen, DateTimeOffset ParkedAt,
    DateTimeOffset? PublishedAt, string? Traceparent, string Payload);

/// <summary>A page of them. <paramref name="Next"/>: what to pass as <c>after</c>; null at the end.</summary>
internal sealed record ParkedPage(IReadOnlyList<ParkedLine> Parked, long Total, long? Next);

/// <summary>Reads the table of parked entries, in pages.</summary>
internal sealed class ParkedReader(IDbContextFactory<LedgerDbContext> contexts)
{
    /// <summary>Parked entries as differences of a report, oldest first, with what the ledger has at the same identity.</summary>
    public async Task<List<Difference>> Differences(string? packetId, int take, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        var rows = await books.Parked.AsNoTracking().Where(p => packetId == null || p.PacketId == packetId).OrderBy(p => p.Id).Take(take)
            .Select(p => new
            {
                Entry = p,
                BookedFen = books.Transfers.Where(t => books.Packets.Any(packet => packet.PacketId == p.PacketId && packet.Number == t.Packet)
                    && (int)t.Kind == p.Kind && t.Ordinal == p.Ordinal).Select(t => (long?)t.AmountFen).FirstOrDefault(),
            }).ToListAsync(cancellation);
        return [.. rows.Select(row => new Difference(DifferenceKind.Parked, EntryState.NameOf((EntryKind)row.Entry.Kind), row.Entry.PacketId,
            row.Entry.UserId.Length > 0 ? row.Entry.UserId : null, row.Entry.Ordinal, row.Entry.AmountFen > 0 ? row.Entry.AmountFen : null, row.BookedFen,
            EntryState.Time(row.Entry.ParkedAt)))];
    }

    public async Task<long> Count(string packetId, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Parked.LongCountAsync(p => p.PacketId == packetId, cancellation);
    }

    /// <summary>A page of parked entries, of one reason or of all.</summary>
    public async Task<ParkedPage> Page(string? reason, long after, int limit, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        var chosen = books.Parked.AsNoTracking().Where(p => reason == null || p.Reason == reason);
        var rows = await chosen.Where(p => p.Id > after).OrderBy(p => p.Id).Take(limit).ToListAsync(cancellation);
        var total = await chosen.LongCountAsync(cancellation);
        return new ParkedPage([.. rows.Select(Line)], total, rows.Count == limit ? rows[^1].Id : null);
    }

    /// <summary>Those of these ids that are parked; null for the next ones after an id.</summary>
    public async Task<List<ParkedEntry>> Entries(IReadOnlyList<long>? ids, long after, int take, CancellationToken cancellation)
    {
        await using var books = await contexts.CreateDbContextAsync(cancellation);
        return await books.Parked.AsNoTracking().Where(p => p.Id > after && (ids == null || ids.Contains(p.Id))).OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    private static ParkedLine Line(ParkedEntry entry) => new(entry.Id, entry.Reason, entry.Detail, entry.PacketId.Length > 0 ? entry.PacketId : null,
        EntryState.NameOf((EntryKind)entry.Kind), entry.Ordinal, entry.UserId.Length > 0 ? entry.UserId : null, entry.AmountFen > 0 ? entry.AmountFen : null,
        DateTimeOffset.FromUnixTimeMilliseconds(entry.ParkedAt), entry.PublishedAt > 0 ? EntryState.Time(entry.PublishedAt) : null, entry.Traceparent, entry.Payload);
}
