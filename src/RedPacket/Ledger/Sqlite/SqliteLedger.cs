using RedPacket.Hosting;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>A ledger in a SQLite file. What it does is durable in the file at the path when the call returns, or was not done.</summary>
internal sealed class SqliteLedger(LedgerOptions options, ILogger logger) : LedgerWriter
{
    private readonly SqliteLedgerFile _file = new(options);
    private SqliteConnection? _connection;
    private SqliteRecorder? _recorder;
    private bool _openedBefore;

    /// <summary>Sees, too, that what is open is what stands at the path.</summary>
    public override void Open()
    {
        if (_connection is not null && !SqliteLedgerFile.HasMoved(_connection))
            return;
        if (_connection is not null)
            GiveUpReplacedFile(_connection);
        new SqliteSchema(_file, options, logger).BringUpToDate(mayCreate: !_openedBefore);
        _connection = _file.OpenForWriting();
        _recorder = new SqliteRecorder(_connection, logger);
        _openedBefore = true;
        LedgerLog.Opened(logger, _file.Path);
    }

    public override int Record(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        try
        {
            return InOneTransaction(() => _recorder!.Record(parts, nowMs));
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            return InOneTransaction(() => _recorder!.RecordRowByRow(parts, nowMs));
        }
    }

    public override void ParkRefused(ChunkSlice part, string detail, long nowMs)
    {
        using var transaction = Current.BeginTransaction(deferred: false);
        _recorder!.ParkRefused(part, detail, nowMs);
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
        if (_connection is null || LedgerOutage.IsBusy(exception))
            return;
        // The readers' pool holds connections to the same file.
        SqliteConnection.ClearAllPools();
        if (!SqliteLedgerFile.HasMoved(_connection))
            Close();
    }

    public override void Dispose() => Close();

    private SqliteConnection Current => _connection ?? throw new InvalidOperationException("The ledger is not open.");

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
            _recorder?.End(committed);
        }
    }

    private void Commit(SqliteTransaction transaction)
    {
        transaction.Commit();
        _file.MustNotHaveMoved(Current);
    }

    /// <summary>Keeps the open file for as long as it may come back: it holds the last there is of the ledger.</summary>
    private void GiveUpReplacedFile(SqliteConnection open)
    {
        if (!File.Exists(_file.Path))
            _file.MustNotHaveMoved(open);
        _file.MustNotMeetAnotherLog();
        Close();
    }

    private void Close()
    {
        _recorder?.Dispose();
        _recorder = null;
        _connection?.Dispose();
        _connection = null;
    }
}
