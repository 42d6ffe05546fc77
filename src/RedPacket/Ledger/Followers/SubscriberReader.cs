using Microsoft.EntityFrameworkCore;
using RedPacket.Messages;

namespace RedPacket.Ledger.Followers;

/// <summary>How a subscriber's sums compare with the ledger's, as the wire says it.</summary>
internal static class SubscriberState
{
    public const string Agrees = "agrees";

    /// <summary>Its sums through its position are not the ledger's.</summary>
    public const string Drifted = "drifted";

    /// <summary>The ledger has no transfer of its position: an older state of the ledger was restored.</summary>
    public const string Ahead = "ahead";

    public static string Of(SubscriberRow row) => row.LedgerGrabs is null ? Ahead
        : (row.Grabs, row.GrantedFen) == (row.LedgerGrabs, row.LedgerGrantedFen) ? Agrees
        : Drifted;
}

/// <summary>One subscriber as it reported last.</summary>
/// <param name="Position">The last transfer that it has processed.</param>
/// <param name="Grabs">Its own sums over all grabs through its position; the ledger's follow.</param>
/// <param name="Head">The ledger's newest transfer now.</param>
/// <param name="State">A word of <see cref="SubscriberState"/>.</param>
/// <param name="SecondsBehind">The age of the first transfer that it has not processed; 0 when there is none. Null when
/// it is ahead.</param>
internal sealed record SubscriberLine(
    string Name, long Position, long Grabs, long GrantedFen, long? LedgerGrabs, long? LedgerGrantedFen, long Head, string State,
    DateTimeOffset ReportedAt, long RowsBehind, double? SecondsBehind);

/// <summary>All subscribers by name, and the ledger's newest transfer.</summary>
internal sealed record SubscriberList(IReadOnlyList<SubscriberLine> Subscribers, long Head);

/// <summary>The ledger's sums over all grabs through a transfer.</summary>
internal sealed record RecordedSums(long Grabs, long GrantedFen);

/// <summary>Reads what subscribers have reported, and what the ledger says about it.</summary>
internal sealed class SubscriberReader(IDbContextFactory<LedgerDbContext> contexts, TimeProvider clock)
{
    /// <summary>Transfers that one query adds up, so that none holds the ledger's log from its end.</summary>
    private const int Span = 1_000_000;

    public async Task<SubscriberList> Read(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        // The number of the next transfer is an expression of the database, which has no checked operators.
        var rows = await db.Subscribers.AsNoTracking().OrderBy(row => row.Name).Select(row => new
        {
            Row = row,
            NextAt = (from transfer in db.Transfers
                      where transfer.Id == unchecked(row.Position + 1)
                      join recording in db.Recordings on transfer.Recording equals recording.Id
                      select (long?)recording.RecordedAt).FirstOrDefault(),
        }).ToListAsync(cancellation);
        // After the rows, so that no subscriber seems to be ahead of it.
        var head = await Head(db, cancellation);
        return new SubscriberList(rows.ConvertAll(each => Line(each.Row, each.NextAt, head)), head);
    }

    /// <summary>
    /// The ledger's sums through a transfer, and its newest transfer. Adds to what the subscriber's row has, so that a
    /// report costs what was recorded since the one before. The sums are null when there is no such transfer.
    /// </summary>
    public async Task<(RecordedSums? Sums, long Head)> SumsThrough(string name, long position, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var row = await db.Subscribers.AsNoTracking().FirstOrDefaultAsync(each => each.Name == name, cancellation);
        var head = await Head(db, cancellation);
        // One that was ahead stays so until it moves: the restored ledger grows beyond it with other transfers.
        if (position > head || (row is { LedgerGrabs: null } && row.Position == position))
            return (null, head);
        var (from, sums) = row is { LedgerGrabs: { } grabs, LedgerGrantedFen: { } fen } && row.Position <= position
            ? (row.Position, new RecordedSums(grabs, fen))
            : (0, new RecordedSums(0, 0));
        for (long end; from < position; from = end)
        {
            end = Math.Min(position, from + Span);
            sums = await Add(db, sums, from, end, cancellation);
        }
        return (sums, head);
    }

    private static async Task<RecordedSums> Add(
        LedgerDbContext db, RecordedSums sums, long after, long through, CancellationToken cancellation)
    {
        var added = await db.Transfers.Where(t => t.Id > after && t.Id <= through && t.Kind == EntryKind.Grab)
            .GroupBy(_ => 1).Select(grabs => new { Count = grabs.LongCount(), Fen = grabs.Sum(t => t.AmountFen) })
            .FirstOrDefaultAsync(cancellation);
        return added is null ? sums : new RecordedSums(sums.Grabs + added.Count, sums.GrantedFen + added.Fen);
    }

    private static async Task<long> Head(LedgerDbContext db, CancellationToken cancellation) =>
        await db.Transfers.MaxAsync(transfer => (long?)transfer.Id, cancellation) ?? 0;

    private SubscriberLine Line(SubscriberRow row, long? nextAt, long head)
    {
        var state = SubscriberState.Of(row);
        return new SubscriberLine(
            row.Name, row.Position, row.Grabs, row.GrantedFen, row.LedgerGrabs, row.LedgerGrantedFen, head, state,
            DateTimeOffset.FromUnixTimeMilliseconds(row.ReportedAt), Math.Max(0, head - row.Position),
            state == SubscriberState.Ahead ? null : Age(nextAt));
    }

    private double Age(long? at) => at is null ? 0 : Math.Max(0, clock.GetUtcNow().ToUnixTimeMilliseconds() - at.Value) / 1000.0;
}
