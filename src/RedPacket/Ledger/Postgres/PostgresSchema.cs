using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Makes the ledger's tables, and brings older ones up to date. Several processes may start at once: one of them does it, under a lock that
/// leaves with its session. A migration is one transaction, so one that is killed half-way leaves nothing.
/// </summary>
internal sealed class PostgresSchema(NpgsqlConnection connection, LedgerOptions options, ILogger logger)
{
    private const string Lock = "SELECT pg_advisory_lock(7812730916)";
    private const string Unlock = "SELECT pg_advisory_unlock(7812730916)";

    /// <param name="mayCreate">False once this process has had the ledger open: from then on missing tables are a loss and not a beginning.</param>
    /// <exception cref="LedgerUnavailableException">There is no ledger, and none may be made.</exception>
    public void BringUpToDate(bool mayCreate)
    {
        using var context = PostgresLedgerDbContext.On(connection);
        if (!mayCreate && !context.Database.GetAppliedMigrations().Any())
            throw new LedgerUnavailableException(
                $"The database {connection.Database} was replaced by one that holds no ledger. Restore a backup. {LedgerCreation.Anew}");
        if (!context.Database.GetPendingMigrations().Any())
            return;
        Execute(Lock);
        try
        {
            if (!context.Database.GetPendingMigrations().Any())
                return;
            // Under the lock, so that one who finds nothing and one who makes it do not meet.
            if (!context.Database.GetAppliedMigrations().Any())
                LedgerCreation.MustBeAllowed(options, $"in the database {connection.Database}", logger);
            context.Database.Migrate();
            LedgerLog.Migrated(logger, $"{connection.Host}:{connection.Port}/{connection.Database}", context.Database.GetMigrations().Last());
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
                Execute(Unlock);
        }
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
