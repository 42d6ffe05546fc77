using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The write lock of the file. SQLite has no queue for it: the writer that asks at the right moment gets it. A writer that
/// begins its next transaction as soon as one ends would keep all others out. So it rests now and then, and writers that
/// wait ask more often than a rest is long. Only the writer's thread uses it.
/// </summary>
/// <param name="patience">How long a writer waits for the lock.</param>
internal sealed class SqliteWriteLock(TimeSpan patience)
{
    /// <summary>A writer that has worked for so long without a pause rests before its next transaction.</summary>
    private static readonly TimeSpan s_work = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(1);

    // Other programs hold the lock in real time, whatever clock the service has.
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly object _pause = new();
    private long _restedAt;
    private long _endedAt;

    /// <summary>Begins a transaction that may write. Disposing it rolls back what was not committed.</summary>
    /// <exception cref="SqliteException">Another program kept the lock for longer than the writer waits.</exception>
    public Transaction Begin(SqliteConnection connection)
    {
        Rest();
        var askedAt = _clock.GetTimestamp();
        int result;
        while ((result = raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE")) is raw.SQLITE_BUSY
            && _clock.GetElapsedTime(askedAt) < patience)
            Pause(s_betweenTries);
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return new Transaction(this, connection);
    }

    private void Rest()
    {
        var isIdle = _clock.GetElapsedTime(_endedAt) >= s_rest;
        if (!isIdle && _clock.GetElapsedTime(_restedAt) <= s_work)
            return;
        if (!isIdle)
            Pause(s_rest);
        _restedAt = _clock.GetTimestamp();
    }

    // On this thread: timers need a thread of the pool, which may be busy.
    private void Pause(TimeSpan time)
    {
        lock (_pause)
            Monitor.Wait(_pause, time);
    }

    internal sealed class Transaction(SqliteWriteLock writeLock, SqliteConnection connection) : IDisposable
    {
        public void Commit() => SqliteLedgerFile.Execute(connection, "COMMIT");

        /// <summary>SQLite has rolled back already after some errors, a full disk for one.</summary>
        public void Dispose()
        {
            writeLock._endedAt = writeLock._clock.GetTimestamp();
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                SqliteLedgerFile.Execute(connection, "ROLLBACK");
        }
    }
}
