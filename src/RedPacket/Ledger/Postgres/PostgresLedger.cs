using Npgsql;
using RedPacket.Ledger.Pauses;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// A ledger on a PostgreSQL server. A recording is one statement (<c>record.sql</c>), so a client that stops holds
/// nothing. Other work takes several round trips, and the server ends its transaction when they stop coming. Both take
/// the same lock, which ends with the transaction.
/// </summary>
internal sealed class PostgresLedger(LedgerOptions options, LedgerCreation creation, TimeProvider clock, ILogger logger) : LedgerWriter
{
    /// <summary>Takes the lock that a recording takes too (<c>record.sql</c>), and counts the transaction.</summary>
    private const string OneAtATime = "SELECT pg_temp.take_turn(@writer, @number, @committed)";

    /// <summary>A connection that was used within this time is taken to be sound. One at rest is asked.</summary>
    private static readonly TimeSpan s_atRest = TimeSpan.FromMilliseconds(900);

    private NpgsqlConnection? _connection;
    private long _usedAt;
    private bool _openedBefore;

    public override void Open()
    {
        if (_connection is null)
            Connect();
        else if (clock.GetElapsedTime(_usedAt) > s_atRest)
            Execute("SELECT 1");
        _usedAt = clock.GetTimestamp();
    }

    public override int Insert(IReadOnlyList<ChunkSlice> parts, long nowMs) =>
        Used(() => PostgresRecorder.Insert(Current, Count.Next(), parts, nowMs));

    public override void ParkRefused(ChunkSlice part, string detail, long nowMs) =>
        Used(() => PostgresRecorder.ParkRefused(Current, Count.Next(), part, detail, nowMs));

    public override void Execute(Action<LedgerTransaction> work) => Used(() =>
    {
        // Npgsql sends BEGIN with the first statement: nothing is open before the lock is asked for.
        using var open = Current.BeginTransaction();
        var transaction = new LedgerTransaction(Current, open);
        var (writer, number, committed) = Count.Next();
        transaction.Execute(OneAtATime, ("writer", writer), ("number", number), ("committed", committed));
        work(transaction);
        open.Commit();
        return 0;
    });

    public override Pause? ReadPause() => Current.ReadPause();

    /// <summary>The server writes a transaction with a number to its log, and waits for that.</summary>
    public override void Probe() => Execute(transaction => transaction.Execute("SELECT txid_current()"));

    public override void Failed(Exception exception)
    {
        if (PostgresErrors.WentBack(exception))
            Count.StartOver();
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
            new PostgresSchema(opening, options, creation, logger).BringUpToDate(mayCreate: !_openedBefore);
            PostgresSession.MakeFunctions(opening);
        }
        catch
        {
            opening.Dispose();
            throw;
        }
        _connection = opening;
        _openedBefore = true;
        logger.LedgerOpened($"{opening.Host}:{opening.Port}/{opening.Database}");
    }

    private T Used<T>(Func<T> use)
    {
        try
        {
            var result = use();
            Count.Committed();
            return result;
        }
        finally
        {
            _usedAt = clock.GetTimestamp();
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
