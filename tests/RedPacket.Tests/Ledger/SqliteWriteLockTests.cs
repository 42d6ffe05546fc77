using System.Diagnostics;
using Microsoft.Data.Sqlite;
using RedPacket.Ledger.Sqlite;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Ledger;

/// <summary>A writer that never pauses leaves gaps in which others get the lock, and an idle one waits for nothing.</summary>
public sealed class SqliteWriteLockTests : IDisposable
{
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(3);
    private readonly Folder _folder = new("write-lock");
    private readonly SqliteConnection _connection;
    private readonly SqliteWriteLock _lock = new(TimeSpan.FromSeconds(10));

    public SqliteWriteLockTests()
    {
        _connection = new SqliteConnection($"Data Source={_folder.File("lock.db")};Pooling=False");
        _connection.Open();
    }

    public void Dispose()
    {
        _connection.Dispose();
        _folder.Dispose();
    }

    // A rest is never shorter than said, however busy the machine is. So it is told from a slow machine by their number.
    [Fact]
    public void WriterWithoutAPause_RestsAgainAndAgain()
    {
        var (rests, transactions) = (0, 0);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1); transactions++)
        {
            var asked = Stopwatch.GetTimestamp();
            using var transaction = _lock.Begin(_connection);
            if (Stopwatch.GetElapsedTime(asked) >= s_rest)
                rests++;
            transaction.Commit();
        }

        Assert.True(rests >= 4, $"{rests} rests among {transactions} transactions");
    }

    [Fact]
    public void TransactionThatIsNotCommitted_IsRolledBack()
    {
        using (_lock.Begin(_connection))
            Execute("CREATE TABLE lost (id INTEGER)");

        using var transaction = _lock.Begin(_connection);
        Execute("CREATE TABLE lost (id INTEGER)");
        transaction.Commit();
    }

    [Fact]
    public void LockThatAnotherHoldsForTooLong_IsGivenUp()
    {
        using var other = new SqliteConnection(_connection.ConnectionString);
        other.Open();
        using var held = new SqliteWriteLock(TimeSpan.FromSeconds(10)).Begin(other);

        var error = Assert.Throws<SqliteException>(() => new SqliteWriteLock(TimeSpan.FromMilliseconds(20)).Begin(_connection));

        Assert.Equal(SQLitePCL.raw.SQLITE_BUSY, error.SqliteErrorCode);
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
