using Microsoft.Data.Sqlite;
using Npgsql;

namespace RedPacket.Tests.Ledger;

/// <summary>A backup of a test's ledger: a copy of the file, or of all rows into another schema.</summary>
internal sealed class LedgerBackup
{
    private static readonly string[] s_tables =
    [
        "accounts", "alerts", "announced", "audits", "digests", "packets", "parked", "recordings", "reports", "shards", "subscribers",
        "transfers", "writers",
    ];

    private static readonly string[] s_unnumbered = ["announced", "shards", "subscribers", "writers"];

    private readonly TestLedger _ledger;

    /// <summary>Makes it, of the ledger as it is now.</summary>
    public LedgerBackup(TestLedger ledger)
    {
        _ledger = ledger;
        if (IsFile)
            Copy(ledger.Path, BackupPath);
        else
            ledger.Execute("DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup;"
                + ForEachTable(table => $"CREATE TABLE backup.{table} AS TABLE {table};"));
    }

    /// <summary>Puts it into a ledger that may be in use: into the same file, or into the same tables.</summary>
    public void RestoreInPlace()
    {
        if (IsFile)
        {
            Copy(BackupPath, _ledger.Path);
            return;
        }
        // A reader locks its tables one after the other, and so does this. PostgreSQL ends one of the two then.
        while (!TryExecute($"BEGIN; TRUNCATE {string.Join(", ", s_tables)} RESTART IDENTITY;"
            + ForEachTable(table => $"INSERT INTO {table} SELECT * FROM backup.{table};")
            + ForEachTable(table => s_unnumbered.Contains(table) ? "" : SetSequence(table, table == "packets" ? "number" : "id"))
            + "DROP SCHEMA backup CASCADE; COMMIT"))
        {
            Thread.Yield();
        }
    }

    /// <summary>The same while nobody uses the ledger. A file takes the place of the file.</summary>
    public void Restore()
    {
        if (!IsFile)
        {
            RestoreInPlace();
            return;
        }
        SqliteConnection.ClearAllPools();
        foreach (var file in (string[])[_ledger.Path, $"{_ledger.Path}-wal", $"{_ledger.Path}-shm"])
            File.Delete(file);
        File.Move(BackupPath, _ledger.Path);
    }

    private bool IsFile => _ledger.Path.Length > 0;

    private string BackupPath => $"{_ledger.Path}.backup";

    private bool TryExecute(string sql)
    {
        try
        {
            _ledger.Execute(sql);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    private static void Copy(string source, string destination)
    {
        using var from = new SqliteConnection($"Data Source={source};Pooling=False");
        using var to = new SqliteConnection($"Data Source={destination};Pooling=False;Default Timeout=60");
        from.Open();
        to.Open();
        // SQLite does not wait here for a transaction of another writer.
        while (!TryCopy(from, to))
            Thread.Yield();
    }

    private static bool TryCopy(SqliteConnection from, SqliteConnection to)
    {
        try
        {
            from.BackupDatabase(to);
            return true;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
        {
            return false;
        }
    }

    private static string ForEachTable(Func<string, string> sql) => string.Concat(s_tables.Select(sql));

    private static string SetSequence(string table, string key) =>
        $"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), greatest(max({key}), 1), max({key}) IS NOT NULL) FROM {table};";
}
