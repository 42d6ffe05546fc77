using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The ledger's file: where it is, how it is opened, and whether the open one is still the one at the path. SQLite does
/// not say so: a commit into a deleted file succeeds, and nobody will ever read it.
/// </summary>
internal sealed class SqliteLedgerFile(LedgerOptions options)
{
    /// <summary>SQLITE_FCNTL_HAS_MOVED.</summary>
    private const int HasMovedControl = 20;
    private static readonly MovedFileCheck s_movedFile = new();

    /// <summary>
    /// Pages of the write-ahead log before SQLite copies it into the file (200 MB): fewer copies of pages that soon
    /// change again.
    /// </summary>
    private const int CheckpointPages = 50_000;

    private const int PageBytes = 4096;

    /// <summary>
    /// Switches SQLite's memory statistics off: they take a lock at every allocation. No effect once SQLite is in use.
    /// </summary>
    static SqliteLedgerFile()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    public string Path { get; } = System.IO.Path.GetFullPath(new SqliteConnectionStringBuilder(options.ConnectionString).DataSource);

    /// <summary>True for a connection string that names a file.</summary>
    public static bool IsUsable(string connectionString)
    {
        try
        {
            var source = new SqliteConnectionStringBuilder(connectionString).DataSource;
            return source.Length > 0 && !source.Contains(":memory:", StringComparison.Ordinal)
                && !source.StartsWith("file:", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// False for a file with further keywords. They would have no effect, and a person may rely on one of them.
    /// </summary>
    public static bool HasOnlyItsPath(string connectionString) =>
        !IsUsable(connectionString) || new DbConnectionStringBuilder { ConnectionString = connectionString }.Keys.Count == 1;

    /// <summary>For readers: they can neither create the file nor write to it.</summary>
    public static void Read(DbContextOptionsBuilder context, string connectionString)
    {
        var path = System.IO.Path.GetFullPath(new SqliteConnectionStringBuilder(connectionString).DataSource);
        context.UseSqlite(Connection(path, SqliteOpenMode.ReadOnly, pooling: true, TimeSpan.FromSeconds(5)))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).AddInterceptors(s_movedFile);
    }

    /// <summary>For the writer. The file must be there.</summary>
    /// <exception cref="LedgerUnavailableException">The file cannot have a write-ahead log.</exception>
    public SqliteConnection OpenForWriting()
    {
        var connection = new SqliteConnection(Connection(Path, SqliteOpenMode.ReadWrite, pooling: false, options.BusyTimeout));
        connection.Open();
        // FULL: what is committed survives a power cut.
        MustHaveALog(connection);
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
        // Readers that follow each other let the log grow beyond that. It is cut back when it begins anew.
        Execute(connection, $"PRAGMA wal_autocheckpoint = {CheckpointPages}; PRAGMA journal_size_limit = {CheckpointPages * PageBytes}");
        return connection;
    }

    /// <summary>
    /// Switches the write-ahead log on. SQLite answers with another mode, and no error, where it cannot have one.
    /// </summary>
    public static void MustHaveALog(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        if (command.ExecuteScalar() is var mode && mode is not "wal")
        {
            connection.Dispose();
            throw new LedgerUnavailableException(
                $"SQLite cannot keep a write-ahead log for this ledger; its journal mode is {mode}. Put the ledger on a local disk.");
        }
    }

    /// <summary>A separate connection for the schema, outside the pool.</summary>
    public static string ForSchema(string path, bool create = false) =>
        Connection(path, create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite, pooling: false, TimeSpan.FromSeconds(30));

    /// <summary>
    /// True when the file that is open is no longer the one at the path: deleted, renamed or replaced.
    /// </summary>
    public static bool HasMoved(SqliteConnection connection)
    {
        var result = FileControl(connection.Handle!, IntPtr.Zero, HasMovedControl, out var moved);
        // On systems where an open file cannot be moved, SQLite does not know this control.
        return result == raw.SQLITE_OK && moved != 0;
    }

    /// <exception cref="LedgerUnavailableException">The file has moved, so the commit is in no ledger.</exception>
    public void MustNotHaveMoved(SqliteConnection connection)
    {
        if (HasMoved(connection))
            throw new LedgerUnavailableException(
                $"The file {Path} was moved, deleted or replaced while in use. "
                + "Put it back, its -wal file first, or put a backup there without -wal and -shm files.");
    }

    /// <summary>A write-ahead log belongs to one file, but SQLite would copy it into any other.</summary>
    /// <exception cref="LedgerUnavailableException">There is a log without its file.</exception>
    public void MustNotMeetAnotherLog()
    {
        if (new FileInfo(Path + "-wal") is { Exists: true, Length: > 0 })
            throw new LedgerUnavailableException(
                $"{Path}-wal belongs to a file that is no longer there. Put that file back as {Path}, "
                + "or move the -wal and -shm files away if its last entries may be lost.");
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Connection(string path, SqliteOpenMode mode, bool pooling, TimeSpan timeout) => new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = mode,
        Pooling = pooling,
        DefaultTimeout = Math.Max(1, (int)timeout.TotalSeconds),
    }.ToString();

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(sqlite3 database, IntPtr name, int control, out int answer);
}
