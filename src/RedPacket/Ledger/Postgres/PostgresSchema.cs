using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Creates the ledger's tables, and upgrades older ones. Several processes may start together: one of them does it,
/// under a lock that ends with its session. A migration is one transaction, so one that is killed half-way leaves
/// nothing.
/// </summary>
internal sealed class PostgresSchema(NpgsqlConnection connection, LedgerOptions options, LedgerCreation creation,
    ILogger logger)
{
    private const string Lock = "SELECT pg_advisory_lock(7812730916)";
    private const string Unlock = "SELECT pg_advisory_unlock(7812730916)";

    /// <summary>Opens the tables on a connection, with the migrations to apply.</summary>
    public Func<NpgsqlConnection, PostgresLedgerDbContext> Tables { get; init; } = PostgresLedgerDbContext.On;

    /// <param name="mayCreate">
    /// False once this process has had the ledger open: from then on missing tables are a loss and not a beginning.
    /// </param>
    /// <exception cref="LedgerUnavailableException">There is no ledger and none may be created, or it cannot be
    /// upgraded.</exception>
    public void BringUpToDate(bool mayCreate)
    {
        using var context = Tables(connection);
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
            // Under the lock, so that of two processes that find none only one creates it.
            if (!context.Database.GetAppliedMigrations().Any())
                creation.MustBeAllowed(options, $"in the database {connection.Database}", logger);
            LedgerUpgrade.MustBePossible(
                context.Database, $"in the database {connection.Database}", "Drop its tables, or use another database.");
            context.Database.Migrate();
            logger.LedgerMigrated($"{connection.Host}:{connection.Port}/{connection.Database}", context.Database.GetMigrations().Last());
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
