using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Creates the ledger, and upgrades an older one. Several processes may start together: one of them does it, under a
/// lock that ends with its process. A new ledger is built beside its place and renamed into it, so that no reader ever
/// finds half a ledger.
/// </summary>
internal sealed class SqliteSchema(SqliteLedgerFile file, LedgerOptions options, LedgerCreation creation,
    ILogger logger)
{
    /// <summary>Opens the tables at a connection string, with the migrations to apply.</summary>
    public Func<string, SqliteLedgerDbContext> Tables { get; init; } = SqliteLedgerDbContext.Open;

    /// <param name="mayCreate">
    /// False once this process has had the ledger open: from then on a missing file is a loss and not a beginning.
    /// </param>
    /// <exception cref="LedgerUnavailableException">
    /// There is no ledger and none may be created, or it cannot be upgraded, or another process is changing it.
    /// </exception>
    public void BringUpToDate(bool mayCreate)
    {
        if (!mayCreate)
            MustHoldALedger();
        else if (Path.GetDirectoryName(file.Path) is { Length: > 0 } directory)
            Directory.CreateDirectory(directory);
        if (File.Exists(file.Path) && !Pending(file.Path).Any())
            return;
        using var ours = Lock();
        // Under the lock, so that of two processes that find none only one creates it.
        if (!HoldsALedger())
            creation.MustBeAllowed(options, $"at {file.Path}", logger);
        if (File.Exists(file.Path))
            Migrate(file.Path);
        else
            Create();
    }

    private void Create()
    {
        file.MustNotMeetAnotherLog();
        var made = file.Path + ".new";
        foreach (var leftover in new[] { made, made + "-wal", made + "-shm", made + "-journal" })
            File.Delete(leftover);
        Migrate(made, create: true);
        if (File.Exists(made + "-wal"))
            throw new LedgerUnavailableException($"{made} is in use by another program.");
        File.Move(made, file.Path);
    }

    private void Migrate(string path, bool create = false)
    {
        using (var connection = new SqliteConnection(SqliteLedgerFile.ForSchema(path, create)))
        {
            connection.Open();
            SqliteLedgerFile.Execute(connection, "PRAGMA journal_mode = WAL");
            // Only the holder of our lock migrates, so EF's lock row was left by a process that died
            // (dotnet/efcore#38958).
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE name = '__EFMigrationsLock'";
            var hasLocks = (long)command.ExecuteScalar()! > 0;
            command.CommandText = "DELETE FROM __EFMigrationsLock";
            if (hasLocks && command.ExecuteNonQuery() > 0)
                logger.MigrationLockCleared(path);
        }
        using var context = Tables(SqliteLedgerFile.ForSchema(path));
        LedgerUpgrade.MustBePossible(context.Database, $"at {path}", "Delete the file with its -wal and -shm files, or move them away.");
        context.Database.Migrate();
        logger.LedgerMigrated(file.Path, context.Database.GetMigrations().Last());
    }

    private IEnumerable<string> Pending(string path)
    {
        using var context = Tables(SqliteLedgerFile.ForSchema(path));
        return [.. context.Database.GetPendingMigrations()];
    }

    private void MustHoldALedger()
    {
        if (!File.Exists(file.Path))
            throw new LedgerUnavailableException(
                $"There is no file at {file.Path} any more. "
                + $"Put it back, its -wal file first, or put a backup there. {LedgerCreation.Anew}");
        if (!HoldsALedger())
            throw new LedgerUnavailableException(
                $"The file at {file.Path} was replaced by one that holds no ledger. Put a backup there. {LedgerCreation.Anew}");
    }

    private bool HoldsALedger()
    {
        if (!File.Exists(file.Path))
            return false;
        using var context = Tables(SqliteLedgerFile.ForSchema(file.Path));
        return context.Database.GetAppliedMigrations().Any();
    }

    private FileStream Lock()
    {
        try
        {
            return new FileStream(file.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new LedgerUnavailableException(
                $"{file.Path}.lock is held by another process, which is changing the schema, or cannot be made: {exception.Message}",
                exception);
        }
    }
}
