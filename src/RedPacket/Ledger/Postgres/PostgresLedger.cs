using System.Data.Common;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// A ledger on a PostgreSQL server. A recording is one statement (<c>record.sql</c>), and so holds nothing while nobody runs it; other work has
/// several round trips, which the server ends when they stop coming. All of it takes the same lock, which leaves with its transaction.
/// </summary>
internal sealed class PostgresLedger(LedgerOptions options, ILogger logger) : LedgerDatabase
{
    /// <summary>The key of the lock that <c>record.sql</c> takes.</summary>
    private const string OneAtATime = "SELECT pg_advisory_xact_lock(7812730915)";

    /// <summary>A connection that was used so lately is taken to be there; one at rest is asked.</summary>
    private const long AtRestMs = 900;

    private NpgsqlConnection? connection;
    private long usedAt;
    private bool openedBefore;

    public override void Open()
    {
        if (connection is null)
            Connect();
        else if (Environment.TickCount64 - usedAt > AtRestMs)
            Execute("SELECT 1");
        usedAt = Environment.TickCount64;
    }

    public override int Record(IReadOnlyList<ChunkPart> parts, long nowMs) => Used(() => PostgresRecorder.Record(Current, parts, nowMs));

    public override void ParkRefused(ChunkPart part, string detail, long nowMs) => Used(() => PostgresRecorder.ParkRefused(Current, part, detail, nowMs));

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
        if (connection is not null && !(LedgerOutage.IsBusy(exception) && connection.FullState == System.Data.ConnectionState.Open))
            Close();
    }

    public override void Dispose() => Close();

    private NpgsqlConnection Current => connection ?? throw new InvalidOperationException("The ledger is not open.");

    private void Connect()
    {
        var opening = PostgresConnection.ForWriting(options);
        try
        {
            opening.Open();
            if (PostgresServerSettings.Read(opening).Refusal is { } refusal)
                throw new LedgerUnavailableException(refusal);
            PostgresSession.Arrange(opening, options);
            new PostgresSchema(opening, options, logger).BringUpToDate(mayCreate: !openedBefore);
            PostgresSession.MakeFunctions(opening);
        }
        catch
        {
            opening.Dispose();
            throw;
        }
        connection = opening;
        openedBefore = true;
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
            usedAt = Environment.TickCount64;
        }
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, Current);
        command.ExecuteNonQuery();
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }
}
