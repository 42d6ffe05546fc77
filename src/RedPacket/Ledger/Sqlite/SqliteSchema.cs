using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Makes the ledger, and brings an older one up to date. Several processes may start at once: one of them does it, under a lock that ends
/// with its process. A new ledger is built beside its place and renamed into it, so that nobody ever reads half a one.
/// </summary>
internal sealed class SqliteSchema(SqliteLedgerFile file, LedgerOptions options, ILogger logger)
{
    /// <param name="mayCreate">False once this process has had the ledger open: from then on a missing file is a loss and not a beginning.</param>
    /// <exception cref="LedgerUnavailableException">There is no ledger, and none may be made; or another process is at it.</exception>
    public void BringUpToDate(bool mayCreate)
    {
        if (!mayCreate)
            MustHoldALedger();
        else if (Path.GetDirectoryName(file.Path) is { Length: > 0 } directory)
            Directory.CreateDirectory(directory);
        if (File.Exists(file.Path) && !Pending(file.Path).Any())
            return;
        using var ours = Lock();
        // Under the lock, so that one who finds nothing and one who makes it do not meet.
        if (!HoldsALedger())
            LedgerCreation.MustBeAllowed(options, $"at {file.Path}", logger);
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
            // Only processes that hold our lock migrate, so a lock that stands here was left by one that died (dotnet/efcore#38958).
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE name = '__EFMigrationsLock'";
            if ((long)command.ExecuteScalar()! > 0)
            {
                SqliteLedgerFile.Execute(connection, "DROP TABLE __EFMigrationsLock");
                LedgerLog.ClearedMigrationLock(logger, path);
            }
        }
        using var context = SqliteLedgerDbContext.Open(SqliteLedgerFile.ForSchema(path));
        context.Database.Migrate();
        LedgerLog.Migrated(logger, file.Path, context.Database.GetMigrations().Last());
    }

    private static IEnumerable<string> Pending(string path)
    {
        using var context = SqliteLedgerDbContext.Open(SqliteLedgerFile.ForSchema(path));
        return [.. context.Database.GetPendingMigrations()];
    }

    private void MustHoldALedger()
    {
        if (!File.Exists(file.Path))
            throw new LedgerUnavailableException(
                $"There is no file at {file.Path} any more. Put it back, its -wal file first, or put a backup there. {LedgerCreation.Anew}");
        if (!HoldsALedger())
            throw new LedgerUnavailableException($"The file at {file.Path} was replaced by one that holds no ledger. Put a backup there. {LedgerCreation.Anew}");
    }

    private bool HoldsALedger()
    {
        if (!File.Exists(file.Path))
            return false;
        using var context = SqliteLedgerDbContext.Open(SqliteLedgerFile.ForSchema(file.Path));
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
            throw new LedgerUnavailableException($"{file.Path}.lock is held by another process, which is changing the schema, or cannot be made: {exception.Message}", exception);
        }
    }
}
