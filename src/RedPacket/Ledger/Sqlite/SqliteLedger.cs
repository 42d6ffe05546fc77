using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The writer's side of a ledger in a SQLite file: one connection, used by the writer's thread only. Whatever it does is either durable in the
/// file at the path when the call returns, or was not done; an outage is thrown (<see cref="LedgerOutage"/>).
/// </summary>
internal sealed class SqliteLedger(LedgerOptions options, ILogger logger) : IDisposable
{
    private readonly SqliteLedgerFile file = new(options);
    private SqliteConnection? connection;
    private SqliteRecorder? recorder;
    private bool openedBefore;

    /// <summary>Opens the ledger, makes it if this process never had it, and sees that what is open is what stands at the path.</summary>
    public void Open()
    {
        if (connection is not null && !SqliteLedgerFile.HasMoved(connection))
            return;
        if (connection is not null)
            GiveUpReplacedFile(connection);
        new SqliteSchema(file, logger).BringUpToDate(mayCreate: !openedBefore);
        connection = file.OpenForWriting();
        recorder = new SqliteRecorder(connection, logger);
        openedBefore = true;
        LedgerLog.Opened(logger, file.Path);
    }

    /// <summary>Records the lines in one transaction and fills in their outcomes. Returns how many transfers it added.</summary>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public int Record(IReadOnlyList<ChunkPart> parts, long nowMs)
    {
        try
        {
            return InOneTransaction(() => recorder!.Record(parts, nowMs));
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            return InOneTransaction(() => recorder!.RecordRowByRow(parts, nowMs));
        }
    }

    /// <summary>Parks the lines with the database's own words.</summary>
    public void ParkRefused(ChunkPart part, string detail, long nowMs)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        recorder!.ParkRefused(part, detail, nowMs);
        Commit(transaction);
    }

    public void Run(Action<DbConnection, DbTransaction> work)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        work(Current, transaction);
        Commit(transaction);
    }

    /// <summary>Sees by a real, empty commit that the ledger can be written: the page it writes says what it said before.</summary>
    public void Probe() => Run((_, _) => SqliteLedgerFile.Execute(Current, "PRAGMA user_version = 0"));

    /// <summary>After a failure: a connection that is merely kept waiting, or whose file may come back, is kept; any other is opened anew.</summary>
    public void Failed(Exception exception)
    {
        if (connection is null || LedgerOutage.IsBusy(exception))
            return;
        // The readers' pool holds connections to the same file.
        SqliteConnection.ClearAllPools();
        if (!SqliteLedgerFile.HasMoved(connection))
            Close();
    }

    public void Dispose() => Close();

    private SqliteConnection Current => connection ?? throw new InvalidOperationException("The ledger is not open.");

    private int InOneTransaction(Func<int> record)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        var inserted = record();
        Commit(transaction);
        return inserted;
    }

    private void Commit(SqliteTransaction transaction)
    {
        transaction.Commit();
        file.MustNotHaveMoved(Current);
    }

    /// <summary>Keeps the open file for as long as it may come back: it holds the last there is of the ledger.</summary>
    private void GiveUpReplacedFile(SqliteConnection open)
    {
        if (!File.Exists(file.Path))
            file.MustNotHaveMoved(open);
        file.MustNotMeetAnotherLog();
        Close();
    }

    private void Close()
    {
        recorder?.Dispose();
        recorder = null;
        connection?.Dispose();
        connection = null;
    }
}
