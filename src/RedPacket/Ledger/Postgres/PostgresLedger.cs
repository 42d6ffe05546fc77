using System.Data.Common;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// A ledger on a PostgreSQL server. A recording is one statement (<c>record.sql</c>), and so holds nothing while nobody runs it; other work has
/// several round trips, which the server ends when they stop coming. All of it takes the same lock, which leaves with its transaction.
/// </summary>
internal sealed class PostgresLedger(LedgerOptions options, ILogger logger) : LedgerWriter
{
    /// <summary>The key of the lock that <c>record.sql</c> takes.</summary>
    private const string OneAtATime = "SELECT pg_advisory_xact_lock(7812730915)";

    /// <summary>A connection that was used so lately is taken to be there; one at rest is asked.</summary>
    private const long AtRestMs = 900;

    private NpgsqlConnection? _connection;
    private long _usedAt;
    private bool _openedBefore;

    public override void Open()
    {
        if (_connection is null)
            Connect();
        else if (Environment.TickCount64 - _usedAt > AtRestMs)
            Execute("SELECT 1");
        _usedAt = Environment.TickCount64;
    }

    public override int Record(IReadOnlyList<ChunkSlice> parts, long nowMs) => Used(() => PostgresRecorder.Record(Current, parts, nowMs));

    public override void ParkRefused(ChunkSlice part, string detail, long nowMs) => Used(() => PostgresRecorder.ParkRefused(Current, part, detail, nowMs));

    public override void Run(Action<DbConnection, DbTransaction> work) => Used(() =>
    {
        // Npgsql sends BEGIN with the first statement: nothing is open before the lock is asked for.
        using var transaction = Current.BeginTransaction();
        Sql.Execute(Current, transaction, OneAtATime);
        work(Current, transaction);
        transaction.Commit();
        return 0;
    });

    /// <summary>A transaction that was given a number is written to the log, and waited for.</summary>
    public override void Probe() => Run((_, transaction) => Sql.Execute(Current, transaction, "SELECT txid_current()"));

    public override void Failed(Exception exception)
    {
        if (_connection is not null && !(LedgerOutage.IsBusy(exception) && _connection.FullState == System.Data.ConnectionState.Open))
            Close();
    }

    public override void Dispose() => Close();

    private NpgsqlConnection Current => _connection ?? throw new InvalidOperationException("The ledger is not open.");

    private void Connect()
    {
        var opening = PostgresConnection.ForWriting(options);
        try
        {
            opening.Open();
            if (PostgresServerSettings.Read(opening).Refusal is { } refusal)
                throw new LedgerUnavailableException(refusal);
            PostgresSession.Arrange(opening, options);
            new PostgresSchema(opening, options, logger).BringUpToDate(mayCreate: !_openedBefore);
            PostgresSession.MakeFunctions(opening);
        }
        catch
        {
            opening.Dispose();
            throw;
        }
        _connection = opening;
        _openedBefore = true;
        LedgerLog.Opened(logger, $"{opening.Host}:{opening.Port}/{opening.Database}");
    }

    private T Used<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        finally
        {
            _usedAt = Environment.TickCount64;
        }
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, Current);
        command.ExecuteNonQuery();
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
