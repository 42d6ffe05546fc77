using Microsoft.EntityFrameworkCore;
using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Wallets;

/// <summary>The money of a user.</summary>
/// <param name="SettledFen">The balance in the ledger.</param>
/// <param name="PendingFen">What was granted and is not in the ledger yet; null when that is not known.</param>
/// <param name="SettledThrough">Everything granted up to then is in the balance; null when Redis could not be read.</param>
internal sealed record WalletAnswer(string UserId, long SettledFen, long? PendingFen, DateTimeOffset? SettledThrough);

/// <summary>One line of a wallet's statement.</summary>
/// <param name="Kind">grab, refund or adjust.</param>
internal sealed record StatementLine(
    long Id, string Kind, string PacketId, long? Ordinal, long AmountFen, DateTimeOffset GrantedAt, DateTimeOffset? SettledAt);

/// <summary>
/// A page of a wallet's statement, in ledger order or newest first. <paramref name="Next"/>: what to pass as
/// <c>after</c>; null at the end.
/// </summary>
internal sealed record StatementPage(string UserId, IReadOnlyList<StatementLine> Transfers, long? Next);

/// <summary>The question that a statement answers.</summary>
/// <param name="After">The page begins after this transfer; 0 is before the first, in either order.</param>
/// <param name="From">Only what was granted then or later.</param>
/// <param name="To">Only what was granted before.</param>
internal sealed record StatementRequest(
    string UserId, long After, int Limit, bool NewestFirst = false, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Reads wallets from the ledger.</summary>
internal sealed class WalletReader(IDbContextFactory<LedgerDbContext> contexts)
{
    // Each costs a query.
    private const int MostPending = 100;

    /// <summary>
    /// The wallet's balance, and which of the user's entries in flight it does not have; 0 for a user without entries.
    /// </summary>
    /// <param name="inFlight">Read before; null when they are not known.</param>
    public async Task<(long SettledFen, long? PendingFen)> Balance(
        string userId, IReadOnlyCollection<Entry>? inFlight, CancellationToken cancellation)
    {
        // One snapshot: a share that is recorded meanwhile must not count twice, or not at all.
        await using var snapshot = await LedgerSnapshot.Open(contexts, cancellation);
        var db = snapshot.Db;
        var code = AccountCode.Wallet(userId);
        var totals = await db.Accounts.Where(a => a.Code == code).Select(a => new AccountTotals(a.Debits, a.Credits))
            .FirstOrDefaultAsync(cancellation);
        var settled = totals is null ? 0 : totals.Credits - totals.Debits;
        if (inFlight is null or { Count: > MostPending })
            return (settled, null);
        var pending = 0L;
        foreach (var entry in inFlight)
            pending += await Has(db, entry, cancellation) ? 0 : entry.AmountFen;
        return (settled, pending);
    }

    private static Task<bool> Has(LedgerDbContext db, Entry entry, CancellationToken cancellation) => db.Transfers.AnyAsync(
        transfer => transfer.Packet == db.Packets.Where(packet => packet.PacketId == entry.PacketId)
                .Select(packet => (long?)packet.Number).FirstOrDefault()
            && transfer.Kind == entry.Kind && transfer.Ordinal == entry.Ordinal,
        cancellation);

    /// <summary>A page of a statement.</summary>
    public async Task<StatementPage> Statement(StatementRequest asked, CancellationToken cancellation)
    {
        var (userId, after, limit, newestFirst, from, to) = asked;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var code = AccountCode.Wallet(userId);
        var wallet = db.Transfers.Where(transfer =>
            transfer.CreditAccount == db.Accounts.Where(a => a.Code == code).Select(a => (long?)a.Id).FirstOrDefault());
        if (from?.ToUnixTimeMilliseconds() is { } start)
            wallet = wallet.Where(transfer => transfer.GrantedAt >= start);
        if (to?.ToUnixTimeMilliseconds() is { } end)
            wallet = wallet.Where(transfer => transfer.GrantedAt < end);
        var before = after == 0 ? long.MaxValue : after;
        var page = newestFirst
            ? wallet.Where(transfer => transfer.Id < before).OrderByDescending(transfer => transfer.Id)
            : wallet.Where(transfer => transfer.Id > after).OrderBy(transfer => transfer.Id);
        var query =
            from transfer in page
            select new
            {
                Transfer = transfer,
                PacketId = db.Packets.Where(p => p.Number == transfer.Packet).Select(p => p.PacketId).FirstOrDefault(),
                RecordedAt = db.Recordings.Where(r => r.Id == transfer.Recording).Select(r => (long?)r.RecordedAt).FirstOrDefault(),
            };
        var rows = await query.AsNoTracking().Take(limit).ToListAsync(cancellation);
        var lines = rows.Select(row => new StatementLine(
            row.Transfer.Id, EntryName.Of(row.Transfer.Kind), row.PacketId ?? "",
            row.Transfer.Kind == EntryKind.Grab ? row.Transfer.Ordinal : null, row.Transfer.AmountFen,
            DateTimeOffset.FromUnixTimeMilliseconds(row.Transfer.GrantedAt), EntryState.Time(row.RecordedAt)));
        return new StatementPage(userId, [.. lines], rows.Count == limit ? rows[^1].Transfer.Id : null);
    }
}
