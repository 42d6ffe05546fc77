using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using RedPacket.Ledger;
using RedPacket.Ledger.Postgres;
using RedPacket.Ledger.Sqlite;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A ledger of one schema is opened by a version that knows one migration more. That migration is the test's own.
/// </summary>
[Needs("servers")]
public sealed class UpgradeTests(PostgresFixture server) : IClassFixture<PostgresFixture>
{
    private const int LockCleared = 5007;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OlderLedger_IsUpgraded_AndKeepsItsRows(bool onPostgres)
    {
        using var disk = await At(onPostgres);
        await Make(disk, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)));

        await Upgrade(disk);

        Assert.Equal(1, disk.Number($"SELECT count(*) FROM packets WHERE packet_id = '{P1}' AND upgraded = 1"));
        Assert.Equal((2, 0), (disk.Number("SELECT count(*) FROM transfers"), disk.Log.Count(LockCleared)));
        disk.MustBalance();
    }

    // PostgreSQL's lock ends with its session, and a migration with its transaction.
    [Fact]
    public async Task LockLeftByAKilledUpgrade_IsCleared()
    {
        using var disk = new TestLedger();
        await Make(disk, Live(Fund(P1, 100)));
        disk.Execute("""INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00')""");

        await Upgrade(disk);

        Assert.Equal((1, 1), (disk.Number("SELECT count(*) FROM packets WHERE upgraded = 1"), disk.Log.Count(LockCleared)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LedgerOfANewerVersion_IsOpenedByAnOlderOne(bool onPostgres)
    {
        using var disk = await At(onPostgres);
        await Make(disk, Live(Fund(P1, 100)));
        await Upgrade(disk);

        var outcomes = await (await disk.Open()).Enqueue(Live(Grab(P1, 1, "alice", 30)), TestLedger.Stop);

        Assert.Equal([RecordOutcome.Inserted], outcomes);
        disk.MustBalance();
    }

    [Theory]
    [InlineData(false, "Delete the file")]
    [InlineData(true, "Drop its tables")]
    public async Task LedgerOfAnotherHistoryOfMigrations_IsRefusedWithWhatToDo(bool onPostgres, string remedy)
    {
        using var disk = await At(onPostgres);
        await Make(disk, Live(Fund(P1, 100)));
        disk.Execute("""UPDATE "__EFMigrationsHistory" SET "MigrationId" = '20261127011417_ReportsSkipTheArchive'""");

        var journal = disk.Start();
        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.All(["20261127011417_ReportsSkipTheArchive", remedy, "Ledger:BeginAnew=true"],
            part => Assert.Contains(part, journal.State.Reason, StringComparison.Ordinal));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM transfers"));
    }

    private async Task<TestLedger> At(bool onPostgres)
    {
        if (onPostgres)
            Installed.Require(Installed.Postgres);
        return onPostgres ? await TestLedger.On(server) : new TestLedger();
    }

    private static async Task Make(TestLedger disk, Chunk chunk)
    {
        var journal = await disk.Open();
        await journal.Enqueue(chunk, TestLedger.Stop);
        journal.Dispose();
    }

    private static async Task Upgrade(TestLedger disk)
    {
        var options = new LedgerOptions { ConnectionString = disk.ConnectionString };
        if (disk.Path.Length > 0)
        {
            new SqliteSchema(new SqliteLedgerFile(options), options, disk.Creation, disk.Log) { Tables = OnSqlite }
                .BringUpToDate(mayCreate: true);
            return;
        }
        await using var connection = new NpgsqlConnection($"{disk.ConnectionString};Pooling=false");
        await connection.OpenAsync(TestLedger.Stop);
        new PostgresSchema(connection, options, disk.Creation, disk.Log) { Tables = OnPostgres }.BringUpToDate(mayCreate: true);
    }

    private static SqliteLedgerDbContext OnSqlite(string connectionString) =>
        new(new DbContextOptionsBuilder<SqliteLedgerDbContext>()
            .UseSqlite(connectionString, sqlite => sqlite.MigrationsAssembly(typeof(UpgradeTests).Assembly))
            .ReplaceService<IMigrationsSqlGenerator, StrictTables>().Options);

    private static PostgresLedgerDbContext OnPostgres(NpgsqlConnection connection) =>
        new(new DbContextOptionsBuilder<PostgresLedgerDbContext>()
            .UseNpgsql(connection, npgsql => npgsql.MigrationsAssembly(typeof(UpgradeTests).Assembly)).Options);

    /// <summary>Adds a column, and fills it in for the packets that are there.</summary>
    internal abstract class Next : Migration
    {
        protected const string Id = "99991231000000_Next";

        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>("upgraded", "packets", nullable: true);
            migrationBuilder.Sql("UPDATE packets SET upgraded = 1");
        }
    }

    [DbContext(typeof(SqliteLedgerDbContext)), Migration("20261130000000_Initial")]
    internal sealed class SqliteInitial : RedPacket.Ledger.Sqlite.Migrations.Initial;

    [DbContext(typeof(SqliteLedgerDbContext)), Migration(Id)]
    internal sealed class SqliteNext : Next;

    [DbContext(typeof(PostgresLedgerDbContext)), Migration("20261130000000_Initial")]
    internal sealed class PostgresInitial : RedPacket.Ledger.Postgres.Migrations.Initial;

    [DbContext(typeof(PostgresLedgerDbContext)), Migration(Id)]
    internal sealed class PostgresNext : Next;
}
