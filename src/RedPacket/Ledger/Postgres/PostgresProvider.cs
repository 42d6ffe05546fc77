using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Postgres;

/// <summary>A ledger on a PostgreSQL server: <c>Host=…</c>.</summary>
internal sealed class PostgresProvider : LedgerProvider
{
    public override LedgerWriter Writer(LedgerOptions options, LedgerCreation creation, TimeProvider clock,
        ILogger logger) =>
        new PostgresLedger(options, creation, clock, logger);

    public override void Read(DbContextOptionsBuilder context, string connectionString) =>
        context.UseNpgsql(PostgresConnection.ForReading(connectionString)).UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);

    public override void Prepare(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        using var tables = PostgresLedgerDbContext.On(connection);
        _ = tables.Model;
    }

    public override async Task<DbTransaction> BeginSnapshot(DbConnection connection, CancellationToken cancellation) =>
        await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);

    public override IQueryable<long> Rows(LedgerDbContext db, long[] numbers) =>
        db.Database.SqlQuery<long>($"""SELECT unnest({numbers}) AS "Value" """);

    public override async Task<LedgerDescription> Describe(string connectionString, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await using var connection = new NpgsqlConnection(PostgresConnection.ForReading(connectionString));
            await connection.OpenAsync(limit.Token);
            var server = await PostgresServerSettings.Read(connection, limit.Token);
            return new LedgerDescription("PostgreSQL", server.Version, server.Refusal is null, server.Detail);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            return new LedgerDescription("PostgreSQL", null, null, "the server does not answer now");
        }
    }

    protected override bool IsNamedBy(string connectionString) => PostgresConnection.IsUsable(connectionString);
}
