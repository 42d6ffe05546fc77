using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The write lock of the file. SQLite has no queue for it: the writer that asks at the right moment gets it. A writer that
/// begins its next transaction as soon as one ends would keep all others out. So it rests for a moment after each turn,
/// and writers that wait ask more often than a rest is long. Only the writer's thread uses it.
/// </summary>
internal sealed class SqliteTurns(TimeSpan patience, TimeProvider clock)
{
    /// <summary>A writer that never pauses rests after so much time: 3 ms of 100 are left to the others.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(1);
    private long _began;
    private long _ended;

    /// <summary>Begins a transaction that may write. Disposing it rolls back what was not committed.</summary>
    /// <exception cref="SqliteException">Another program kept the lock for longer than the writer waits.</exception>
    public Transaction Begin(SqliteConnection connection)
    {
        Rest();
        var asked = clock.GetTimestamp();
        int result;
        while ((result = raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE")) is raw.SQLITE_BUSY
            && clock.GetElapsedTime(asked) < patience)
            Wait(s_betweenTries);
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return new Transaction(this, connection);
    }

    private void Rest()
    {
        if (clock.GetElapsedTime(_began) > s_turn && clock.GetElapsedTime(_ended) < s_rest)
            Wait(s_rest);
        if (clock.GetElapsedTime(_ended) >= s_rest)
            _began = clock.GetTimestamp();
    }

    private void Ended() => _ended = clock.GetTimestamp();

    private void Wait(TimeSpan pause) => Task.Delay(pause, clock).Wait();

    internal sealed class Transaction(SqliteTurns turns, SqliteConnection connection) : IDisposable
    {
        public void Commit() => SqliteLedgerFile.Execute(connection, "COMMIT");

        /// <summary>SQLite has rolled back already after some errors, a full disk for one.</summary>
        public void Dispose()
        {
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                SqliteLedgerFile.Execute(connection, "ROLLBACK");
            turns.Ended();
        }
    }
}
