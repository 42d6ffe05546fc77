using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Sqlite;

/// <summary>A ledger in a file of this machine: <c>Data Source=…</c>.</summary>
internal sealed class SqliteProvider : LedgerProvider
{
    public override LedgerWriter Writer(LedgerOptions options, LedgerCreation creation, TimeProvider clock,
        ILogger logger) =>
        new SqliteLedger(options, creation, logger);

    public override void Read(DbContextOptionsBuilder context, string connectionString) =>
        SqliteLedgerFile.Read(context, connectionString);

    public override void Prepare(string connectionString)
    {
        using var tables = SqliteLedgerDbContext.Open("Data Source=:memory:");
        tables.Database.OpenConnection();
        if (File.Exists(new SqliteConnectionStringBuilder(connectionString).DataSource))
            _ = tables.Database.GetPendingMigrations().Any();
        else
            tables.Database.Migrate();
    }

    public override Task<DbTransaction> BeginSnapshot(DbConnection connection, CancellationToken cancellation)
    {
        var sqlite = (SqliteConnection)connection;
        // A snapshot looks up each row's account. With SQLite's default of 2 MB it reads most of 100000 wallets from
        // the file again and again.
        SqliteLedgerFile.Execute(sqlite, "PRAGMA cache_size = -16384");
        // The usual BeginTransaction of SQLite takes the write lock immediately; a deferred one only reads.
        return Task.FromResult<DbTransaction>(sqlite.BeginTransaction(deferred: true));
    }

    public override IQueryable<long> Rows(LedgerDbContext db, long[] numbers) =>
        db.Database.SqlQuery<long>($"""SELECT value AS "Value" FROM json_each({JsonSerializer.Serialize(numbers)})""");

    public override Task<LedgerDescription> Describe(string connectionString, CancellationToken cancellation)
    {
        // The first connection object of a process loads the library, and this may be the first.
        using var connection = new SqliteConnection();
        return Task.FromResult(new LedgerDescription("SQLite", connection.ServerVersion, true, "write-ahead log, synchronous FULL"));
    }

    protected override bool IsNamedBy(string connectionString) => SqliteLedgerFile.IsUsable(connectionString);
}
