using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>A ledger in a SQLite file. What it does is durable in the file at the path when the call returns, or was not done.</summary>
internal sealed class SqliteLedger(LedgerOptions options, ILogger logger) : LedgerDatabase
{
    private readonly SqliteLedgerFile file = new(options);
    private SqliteConnection? connection;
    private SqliteRecorder? recorder;
    private bool openedBefore;

    /// <summary>Sees, too, that what is open is what stands at the path.</summary>
    public override void Open()
    {
        if (connection is not null && !SqliteLedgerFile.HasMoved(connection))
            return;
        if (connection is not null)
            GiveUpReplacedFile(connection);
        new SqliteSchema(file, options, logger).BringUpToDate(mayCreate: !openedBefore);
        connection = file.OpenForWriting();
        recorder = new SqliteRecorder(connection, logger);
        openedBefore = true;
        LedgerLog.Opened(logger, file.Path);
    }

    public override int Record(IReadOnlyList<ChunkPart> parts, long nowMs)
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

    public override void ParkRefused(ChunkPart part, string detail, long nowMs)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        recorder!.ParkRefused(part, detail, nowMs);
        Commit(transaction);
    }

    public override void Run(Action<DbConnection, DbTransaction> work)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        work(Current, transaction);
        Commit(transaction);
    }

    /// <summary>The page it writes says what it said before.</summary>
    public override void Probe() => Run((_, _) => SqliteLedgerFile.Execute(Current, "PRAGMA user_version = 0"));

    /// <summary>A connection whose file may come back is kept, too.</summary>
    public override void Failed(Exception exception)
    {
        if (connection is null || LedgerOutage.IsBusy(exception))
            return;
        // The readers' pool holds connections to the same file.
        SqliteConnection.ClearAllPools();
        if (!SqliteLedgerFile.HasMoved(connection))
            Close();
    }

    public override void Dispose() => Close();

    private SqliteConnection Current => connection ?? throw new InvalidOperationException("The ledger is not open.");

    private int InOneTransaction(Func<int> record)
    {
        var committed = false;
        try
        {
            using var transaction = Current.BeginTransaction(deferred: false);
            var inserted = record();
            CrashPoint.Pass(CrashPoint.Committing);
            Commit(transaction);
            committed = true;
            return inserted;
        }
        finally
        {
            recorder?.End(committed);
        }
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
