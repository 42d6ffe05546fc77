using RedPacket.Comparison;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// Sets account totals to the sums of their rows. Only on demand, and audited: somebody must ask first why a total
/// differs.
/// </summary>
internal sealed class TotalsRebuild(Journal journal, AuditTrail audits, ILogger<TotalsRebuild> logger)
{
    /// <summary>
    /// Returns the accounts that were rebuilt, as they were before. All of it is one transaction with the audit.
    /// </summary>
    public async Task<IReadOnlyList<AccountDifference>> Run(Actor actor, CancellationToken cancellation)
    {
        List<AccountDifference> rebuilt = [];
        await journal.Execute(transaction =>
        {
            rebuilt = transaction.Rows(LedgerTotals.WrongAccounts,
                row => new AccountDifference(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)));
            foreach (var account in rebuilt)
                transaction.SetTotals(account.Account, account.RowDebits, account.RowCredits);
            if (rebuilt.Count > 0)
                audits.Write(transaction, actor, AuditTrail.Totals, [.. rebuilt.Select(account => account.Account)]);
        }, cancellation);
        if (rebuilt.Count > 0)
            logger.TotalsRebuilt(rebuilt.Count, actor.Name);
        return rebuilt;
    }
}
