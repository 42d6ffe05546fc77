using RedPacket.Comparison;
using System.Data.Common;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>Sets account totals to the sums of their rows. Only on demand, and audited: a total that differs is a question first.</summary>
internal sealed class TotalsRebuild(Journal journal, AuditTrail audits, ILogger<TotalsRebuild> logger)
{
    /// <summary>Returns the accounts that were rebuilt, as they were before. All in one transaction with the audit.</summary>
    public async Task<IReadOnlyList<AccountDifference>> Run(string actor, CancellationToken cancellation)
    {
        List<AccountDifference> rebuilt = [];
        await journal.Run((connection, transaction) =>
        {
            rebuilt = Wrong(connection, transaction);
            foreach (var account in rebuilt)
            {
                Sql.Execute(connection, transaction, "UPDATE accounts SET debits = @debits, credits = @credits WHERE code = @code",
                    ("debits", account.RowDebits), ("credits", account.RowCredits), ("code", account.Account));
            }
            if (rebuilt.Count > 0)
                audits.Insert(connection, transaction, actor, AuditTrail.Totals, [.. rebuilt.Select(account => account.Account)]);
        }, cancellation);
        if (rebuilt.Count > 0)
            logger.TotalsRebuilt(rebuilt.Count, actor);
        return rebuilt;
    }

    private static List<AccountDifference> Wrong(DbConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = LedgerTotals.WrongAccounts;
        using var reader = command.ExecuteReader();
        List<AccountDifference> wrong = [];
        while (reader.Read())
            wrong.Add(new AccountDifference(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        return wrong;
    }
}
