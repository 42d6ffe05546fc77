using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using RedPacket.Hosting;
using RedPacket.Ledger.Postgres;
using SQLitePCL;

namespace RedPacket.Ledger;

/// <summary>The ledger cannot be used now. Nothing of the request was done, and it may be made again.</summary>
internal sealed class LedgerUnavailableException(string message, Exception? inner = null) : OutageException(Outage.Ledger, message, inner);

/// <summary>
/// Tells why a statement failed: an outage hits everything and passes; a refusal hits one row and stays.
/// </summary>
internal static class LedgerOutage
{
    /// <summary>
    /// True when the ledger could not do anything at all: it is locked or full, or cannot be opened, read or written.
    /// For readers too.
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        LedgerUnavailableException => true,
        SqliteException sqlite => Primary(sqlite) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_IOERR or raw.SQLITE_FULL
            or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH
            or raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_PROTOCOL,
        NpgsqlException postgres => PostgresErrors.IsOutage(postgres),
        { InnerException: { } inner } => IsOutage(inner),
        _ => false,
    };

    /// <summary>
    /// True when the rows themselves break a rule of the ledger: the same rows will always fail again.
    /// </summary>
    public static bool IsRefusal(Exception exception) => exception switch
    {
        OverflowException => true,
        SqliteException sqlite => Primary(sqlite) is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG,
        NpgsqlException postgres => PostgresErrors.IsRefusal(postgres),
        _ => false,
    };

    /// <summary>True when another program is writing: the open connection is sound and only has to wait.</summary>
    public static bool IsBusy(Exception exception) => exception switch
    {
        SqliteException sqlite => Primary(sqlite) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED,
        NpgsqlException postgres => PostgresErrors.IsBusy(postgres),
        _ => false,
    };

    /// <summary>True when the ledger could not be read, as opposed to an error of this program.</summary>
    public static bool IsUnread(Exception exception) =>
        exception is DbException || exception.InnerException is DbException || IsOutage(exception);

    /// <summary>The reason in words, for operators.</summary>
    public static string ReasonIn(Exception exception) =>
        exception is NpgsqlException postgres ? PostgresErrors.ReasonIn(postgres) : exception.Message;

    private static int Primary(SqliteException exception) => exception.SqliteErrorCode & 0xFF;
}
