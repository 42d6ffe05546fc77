using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Comparison;

/// <summary>The sums of the whole ledger at one moment.</summary>
/// <param name="Debits">
/// Σ over the accounts' debit totals. Archived packets count as they were archived, unless every row was added up.
/// </param>
/// <param name="Credits">Σ over the accounts' credit totals, in the same way.</param>
/// <param name="RowsFen">Σ over the transfers.</param>
/// <param name="From">The rows that were added up, in words.</param>
/// <param name="FromFirst">True when these were all rows, and every account was compared.</param>
/// <param name="Added">The number of these rows.</param>
/// <param name="RepeatedKeys">Packets that are not archived, whose Idempotency-Key had made another.</param>
/// <param name="Through">The id of the last transfer.</param>
internal sealed record LedgerSums(
    long Debits, long Credits, long RowsFen, string From, bool FromFirst, long Added, long Through, long Transfers,
    IReadOnlyList<AccountDifference> Accounts, long AdjustFen, long LossFen, long Parked, long ParkedClaims,
    long RepeatedKeys)
{
    /// <summary>True when every total is the sum of its rows.</summary>
    public bool TotalsAgree => Debits == RowsFen && Credits == RowsFen && Accounts.Count == 0;
}

/// <summary>
/// Recomputes the ledger's totals in one snapshot. Usually it adds up only the rows since the last verified digest, and
/// only the accounts that are not archived. If these differ, or on demand, it adds up every row and every account. So
/// nothing is called wrong because of a digest, and whatever is wrong has a name.
/// </summary>
internal sealed class LedgerTotals(IDbContextFactory<LedgerDbContext> contexts)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    /// <summary>The accounts whose totals are not the sums of their rows, for both databases.</summary>
    // The casts are needed because PostgreSQL's sum of bigint is a numeric.
    public const string WrongAccounts = """
        WITH sides AS (
            SELECT debit_account AS account, sum(amount_fen) AS debits, 0 AS credits FROM transfers GROUP BY debit_account
            UNION ALL
            SELECT credit_account, 0, sum(amount_fen) FROM transfers GROUP BY credit_account),
        sums AS (SELECT account, sum(debits) AS debits, sum(credits) AS credits FROM sides GROUP BY account)
        SELECT a.code AS "Account", a.debits AS "Debits", a.credits AS "Credits",
            CAST(coalesce(s.debits, 0) AS bigint) AS "RowDebits", CAST(coalesce(s.credits, 0) AS bigint) AS "RowCredits"
        FROM accounts a LEFT JOIN sums s ON s.account = a.id
        WHERE a.debits <> coalesce(s.debits, 0) OR a.credits <> coalesce(s.credits, 0)
        ORDER BY a.id LIMIT 1000
        """;

    private const string AllTotals = """
        SELECT CAST(coalesce(sum(debits), 0) AS bigint) AS "Debits", CAST(coalesce(sum(credits), 0) AS bigint) AS "Credits" FROM accounts
        """;

    // The accounts of archived packets count in the sums of their shards: such an account paid out grants and refunds,
    // and received the fund.
    private const string TotalsNow = """
        SELECT CAST(coalesce(sum(debits), 0) AS bigint) AS "Debits", CAST(coalesce(sum(credits), 0) AS bigint) AS "Credits" FROM (
            SELECT debits, credits FROM accounts WHERE archived_at IS NULL
            UNION ALL
            SELECT archived_granted_fen + archived_refunded_fen, archived_funded_fen FROM shards) AS side
        """;

    public async Task<LedgerSums> Read(bool full, CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.Open(contexts, cancellation);
        var db = snapshot.Db;
        db.Database.SetCommandTimeout(s_limit);
        var digest = full ? null : await db.Digests.AsNoTracking().OrderByDescending(d => d.Id).FirstOrDefaultAsync(cancellation);
        var quick = await Sums(db, digest, cancellation);
        return quick.TotalsAgree && !full ? quick : await FromTheFirst(db, quick, cancellation);
    }

    private static async Task<LedgerSums> Sums(LedgerDbContext db, Digest? digest, CancellationToken cancellation)
    {
        var through = digest?.ThroughTransfer ?? 0;
        var since = db.Transfers.Where(t => t.Id > through);
        var added = await since.LongCountAsync(cancellation);
        var live = await db.Database.SqlQueryRaw<AccountTotals>(TotalsNow).SingleAsync(cancellation);
        return new LedgerSums(
            live.Debits,
            live.Credits,
            (digest?.AmountFen ?? 0) + await since.SumAsync(t => t.AmountFen, cancellation),
            digest is null ? "all rows, in sum" : $"the rows since transfer {through}, in sum",
            false,
            added,
            await db.Transfers.MaxAsync(t => (long?)t.Id, cancellation) ?? 0,
            (digest?.Transfers ?? 0) + added,
            [],
            await db.Transfers.Where(t => t.Kind == EntryKind.Adjust).SumAsync(t => t.AmountFen, cancellation),
            await db.Accounts.Where(a => a.ArchivedAt == null && a.Kind == AccountKind.Loss).SumAsync(a => a.Debits, cancellation),
            await db.Parked.LongCountAsync(p => p.ResolvedAt == null, cancellation),
            await db.Parked.LongCountAsync(p => p.ResolvedAt == null && p.Kind == EntryKind.Grab, cancellation),
            await db.Packets.LongCountAsync(p => p.Repeats != null && p.ArchivedAt == null, cancellation));
    }

    private static async Task<LedgerSums> FromTheFirst(LedgerDbContext db, LedgerSums quick,
        CancellationToken cancellation)
    {
        var all = await db.Database.SqlQueryRaw<AccountTotals>(AllTotals).SingleAsync(cancellation);
        var rows = await db.Transfers.LongCountAsync(cancellation);
        return quick with
        {
            Debits = all.Debits,
            Credits = all.Credits,
            RowsFen = await db.Transfers.SumAsync(t => t.AmountFen, cancellation),
            Transfers = rows,
            Added = rows,
            Accounts = await db.Database.SqlQueryRaw<AccountDifference>(WrongAccounts).ToListAsync(cancellation),
            From = "all rows from the first, account by account",
            FromFirst = true,
        };
    }
}
