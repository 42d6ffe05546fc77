using Microsoft.Data.Sqlite;
using RedPacket.Hosting;
using RedPacket.Ledger.Pauses;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// A ledger in a SQLite file. A change is durable in the file at the path when the call returns, or was not made.
/// </summary>
internal sealed class SqliteLedger(LedgerOptions options, LedgerCreation creation, ILogger logger) : LedgerWriter
{
    private readonly SqliteLedgerFile _file = new(options);
    private readonly SqliteWriteLock _lock = new(options.BusyTimeout);
    private SqliteConnection? _connection;
    private SqliteRecorder? _recorder;
    private bool _openedBefore;

    /// <summary>Checks, too, that the open file is the one at the path.</summary>
    public override void Open()
    {
        if (_connection is not null && !SqliteLedgerFile.HasMoved(_connection))
            return;
        if (_connection is not null)
            GiveUpReplacedFile(_connection);
        new SqliteSchema(_file, options, creation, logger).BringUpToDate(mayCreate: !_openedBefore);
        _connection = _file.OpenForWriting();
        _recorder = new SqliteRecorder(_connection, logger);
        _openedBefore = true;
        logger.LedgerOpened(_file.Path);
    }

    public override int Insert(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        try
        {
            return InOneTransaction(() => _recorder!.Insert(parts, nowMs));
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            return InOneTransaction(() => _recorder!.InsertRowByRow(parts, nowMs));
        }
    }

    public override void ParkRefused(ChunkSlice part, string detail, long nowMs)
    {
        using var transaction = Begin();
        _recorder!.ParkRefused(part, detail, nowMs);
        Commit(transaction);
    }

    public override void Execute(Action<LedgerTransaction> work)
    {
        using var transaction = Begin();
        work(new LedgerTransaction(Current, null));
        Commit(transaction);
    }

    public override Pause? ReadPause() => Current.ReadPause();

    /// <summary>It writes a page without changing it.</summary>
    public override void Probe() => Execute(transaction => transaction.Execute("PRAGMA user_version = 0"));

    /// <summary>Keeps a connection whose file may come back, too.</summary>
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

    private int InOneTransaction(Func<int> insert)
    {
        var committed = false;
        try
        {
            using var transaction = Begin();
            var inserted = insert();
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

    // A file that was restored in place is still the one at the path.
    private SqliteWriteLock.Transaction Begin()
    {
        var transaction = _lock.Begin(Current);
        try
        {
            Count.Take(new LedgerTransaction(Current, null));
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    private void Commit(SqliteWriteLock.Transaction transaction)
    {
        transaction.Commit();
        _file.MustNotHaveMoved(Current);
        Count.Committed();
    }

    /// <summary>Keeps the open file as long as it may come back: it may be the last copy of the ledger.</summary>
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
