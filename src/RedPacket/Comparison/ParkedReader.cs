using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Comparison;

/// <summary>
/// A parked entry as an operator sees it. <paramref name="Resolution"/>: how it was resolved; null while it waits.
/// </summary>
/// <param name="AcknowledgedAt">Of a payment: when an operator made or acknowledged it.</param>
/// <param name="Replays">How often an operator replayed it.</param>
internal sealed record ParkedLine(
    long Id, string Reason, string Detail, string? PacketId, string Entry, int Ordinal, string? UserId, long? AmountFen,
    DateTimeOffset ParkedAt, DateTimeOffset? PublishedAt, string? Traceparent, string? LostRun, string Payload,
    DateTimeOffset? ResolvedAt, string? Resolution, DateTimeOffset? AcknowledgedAt, int Replays);

/// <summary>One parked entry.</summary>
/// <param name="Standing">What the ledger has at its identity, or null.</param>
/// <param name="Adjustment">The transfer that paid it, or null.</param>
internal sealed record ParkedDetail(ParkedLine Parked, RecordedTransfer? Standing, RecordedTransfer? Adjustment);

/// <summary>A transfer of the ledger. <paramref name="UserId"/>: the user whom it credits; null for a fund.</summary>
internal sealed record RecordedTransfer(long Id, string? UserId, long AmountFen, DateTimeOffset GrantedAt, DateTimeOffset? SettledAt);

/// <summary>
/// A page of parked entries. <paramref name="Next"/>: the value of <c>after</c> for the next page; null at the end.
/// </summary>
internal sealed record ParkedPage(IReadOnlyList<ParkedLine> Parked, long Total, long? Next);

/// <summary>Which parked entries a list has.</summary>
/// <param name="Reason">Null: of any reason.</param>
/// <param name="IsResolved">The resolved ones; else those that wait.</param>
/// <param name="IsUnacknowledged">Only payments that no operator has made or acknowledged. They are resolved.</param>
internal sealed record ParkedFilter(string? Reason = null, bool IsResolved = false, bool IsUnacknowledged = false);

/// <summary>Payments of the repair loop that no operator has acknowledged yet.</summary>
internal sealed record UnacknowledgedPayments(long Count, long AmountFen);

/// <summary>Reads the table of parked entries, in pages.</summary>
internal sealed class ParkedReader(IDbContextFactory<LedgerDbContext> contexts)
{
    private static readonly Expression<Func<ParkedEntry, bool>> s_unacknowledged =
        p => p.Resolution == Resolution.Paid && p.AcknowledgedAt == null;

    /// <summary>
    /// Parked entries as differences of a report, oldest first, with what the ledger has at the same identity.
    /// </summary>
    public async Task<List<Difference>> Differences(string? packetId, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var waiting = db.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && (packetId == null || p.PacketId == packetId));
        var rows = await waiting.OrderBy(p => p.Id).Take(take).Select(p => new
        {
            Entry = p,
            RecordedFen = db.Transfers.Where(t => db.Packets.Any(packet => packet.PacketId == p.PacketId && packet.Number == t.Packet)
                && t.Kind == p.Kind && t.Ordinal == p.Ordinal).Select(t => (long?)t.AmountFen).FirstOrDefault(),
        }).ToListAsync(cancellation);
        return [.. rows.Select(row => ToDifference(row.Entry, row.RecordedFen))];
    }

    private static Difference ToDifference(ParkedEntry entry, long? recordedFen) => new(
        DifferenceKind.Parked, EntryName.Of(entry.Kind), entry.PacketId, UserOf(entry), entry.Ordinal, FenOf(entry), recordedFen,
        EntryState.Time(entry.ParkedAt));

    // An entry that cannot be read was parked without a user and an amount.
    private static string? UserOf(ParkedEntry entry) => entry.UserId.Length > 0 ? entry.UserId : null;

    private static long? FenOf(ParkedEntry entry) => entry.AmountFen > 0 ? entry.AmountFen : null;

    /// <summary>The sum that the loss account has paid for a packet.</summary>
    public async Task<long> AdjustedFen(string packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var adjustments = db.Transfers.Where(
            t => t.Kind == EntryKind.Adjust && db.Packets.Any(p => p.PacketId == packetId && p.Number == t.Packet));
        return await adjustments.SumAsync(t => t.AmountFen, cancellation);
    }

    /// <summary>The payments that no operator has acknowledged: for a packet, or all when null.</summary>
    public async Task<UnacknowledgedPayments> Unacknowledged(string? packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var payments = db.Parked.Where(s_unacknowledged).Where(p => packetId == null || p.PacketId == packetId);
        return await payments.GroupBy(_ => 1).Select(all => new UnacknowledgedPayments(all.LongCount(), all.Sum(p => p.AmountFen)))
            .SingleOrDefaultAsync(cancellation) ?? new UnacknowledgedPayments(0, 0);
    }

    /// <summary>
    /// A page of payments: of those with these ids, or of all that no operator has acknowledged when null.
    /// </summary>
    public async Task<List<ParkedEntry>> Payments(IReadOnlyList<long>? ids, long after, int take,
        CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var payments = ids is null
            ? db.Parked.Where(s_unacknowledged)
            : db.Parked.Where(p => p.Resolution == Resolution.Paid && ids.Contains(p.Id));
        return await payments.AsNoTracking().Where(p => p.Id > after).OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    public async Task<long> Count(string packetId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Parked.LongCountAsync(p => p.ResolvedAt == null && p.PacketId == packetId, cancellation);
    }

    public async Task<ParkedPage> Page(ParkedFilter filter, long after, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var chosen = db.Parked.AsNoTracking().Where(p => filter.Reason == null || p.Reason == filter.Reason);
        chosen = filter.IsUnacknowledged
            ? chosen.Where(s_unacknowledged)
            : chosen.Where(p => (p.ResolvedAt != null) == filter.IsResolved);
        var rows = await chosen.Where(p => p.Id > after).OrderBy(p => p.Id).Take(limit).ToListAsync(cancellation);
        var total = await chosen.LongCountAsync(cancellation);
        return new ParkedPage([.. rows.Select(Line)], total, rows.Count == limit ? rows[^1].Id : null);
    }

    /// <summary>One parked entry, resolved or not; null when there is none of that id.</summary>
    public async Task<ParkedDetail?> One(long id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Parked.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancellation) is not { } entry)
            return null;
        return new ParkedDetail(Line(entry), await Standing(db, entry.PacketId, entry.Kind, entry.Ordinal, cancellation),
            await Standing(db, entry.PacketId, EntryKind.Adjust, entry.Id, cancellation));
    }

    private static async Task<RecordedTransfer?> Standing(
        LedgerDbContext db, string packetId, EntryKind kind, long ordinal, CancellationToken cancellation)
    {
        var query =
            from packet in db.Packets
            where packet.PacketId == packetId
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == kind && transfer.Ordinal == ordinal
            join account in db.Accounts on transfer.CreditAccount equals account.Id
            select new
            {
                transfer,
                account.Code,
                RecordedAt = db.Recordings.Where(r => r.Id == transfer.Recording).Select(r => (long?)r.RecordedAt).FirstOrDefault(),
            };
        if (await query.AsNoTracking().FirstOrDefaultAsync(cancellation) is not { } row)
            return null;
        var user = AccountCode.UserOf(row.Code) is { Length: > 0 } credited ? credited : null;
        return new RecordedTransfer(row.transfer.Id, user, row.transfer.AmountFen,
            DateTimeOffset.FromUnixTimeMilliseconds(row.transfer.GrantedAt), EntryState.Time(row.RecordedAt));
    }

    /// <summary>
    /// A page of the parked entries of a shard that wait and come from an earlier run of Redis, without those that wait
    /// for a person.
    /// </summary>
    public async Task<List<ParkedEntry>> OfLostRuns(int shard, long after, int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var waiting = db.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && p.LostRun != null && p.Reason == ParkReason.Conflict);
        return await waiting.Where(p => p.Shard == shard && p.Id > after).OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    /// <summary>A page of the parked entries that wait: of those with these ids, or of all when null.</summary>
    public async Task<List<ParkedEntry>> Entries(IReadOnlyList<long>? ids, long after, int take,
        CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var waiting = db.Parked.AsNoTracking().Where(p => p.ResolvedAt == null && p.Id > after && (ids == null || ids.Contains(p.Id)));
        return await waiting.OrderBy(p => p.Id).Take(take).ToListAsync(cancellation);
    }

    private static ParkedLine Line(ParkedEntry entry) => new(
        entry.Id, entry.Reason, entry.Detail, entry.PacketId.Length > 0 ? entry.PacketId : null, EntryName.Of(entry.Kind), entry.Ordinal,
        UserOf(entry), FenOf(entry), DateTimeOffset.FromUnixTimeMilliseconds(entry.ParkedAt),
        entry.PublishedAt > 0 ? EntryState.Time(entry.PublishedAt) : null, entry.Traceparent, entry.LostRun, entry.Payload,
        EntryState.Time(entry.ResolvedAt), entry.Resolution, EntryState.Time(entry.AcknowledgedAt),
        entry.Replays);
}
