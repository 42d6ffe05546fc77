using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

public sealed class SchemaTests
{
    [Fact]
    public void Migrations_MatchTheModel()
    {
        using var context = SqliteLedgerDbContext.Open("Data Source=none.db");

        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task EveryTable_IsStrictAndNeverReusesANumber()
    {
        using var disk = new TestLedger();
        await disk.Open();

        Assert.Equal(0, disk.Number(
            "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main' "
            + "AND strict = 0 AND name NOT GLOB '[s_]*_*'"));
        Assert.Equal(14, disk.Number(
            "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main' "
            + "AND strict = 1 AND name NOT GLOB '[_]*'"));
        foreach (var table in new[] { "transfers", "packets", "accounts", "parked", "audits" })
            Assert.Equal(1, disk.Number($"SELECT count(*) FROM sqlite_schema WHERE name = '{table}' AND sql LIKE '%AUTOINCREMENT%'"));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"));
    }

    [Fact]
    public async Task MissingDirectory_IsCreated()
    {
        using var disk = new TestLedger("a/b/ledger.db");

        await disk.Open();

        Assert.True(File.Exists(disk.Path));
        Assert.False(File.Exists(disk.Path + ".new"));
    }

    [Fact]
    public async Task LedgerCreationFails_IsRetriedWithoutARestart()
    {
        using var disk = new TestLedger("a/ledger.db");
        var blocker = Path.GetDirectoryName(disk.Path)!;
        await File.WriteAllTextAsync(blocker, "a file where the folder should be", TestLedger.Stop);
        var journal = disk.Start();
        var recording = journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await Eventually.Holds(() => journal.State.DownSince is not null);
        Assert.False(recording.IsCompleted);

        File.Delete(blocker);

        Assert.Equal([RecordOutcome.Inserted], await recording);
    }

    [Fact]
    public async Task LockLeftByAKilledMigration_IsCleared()
    {
        using var disk = new TestLedger();
        await using (var context = SqliteLedgerDbContext.Open($"Data Source={disk.Path};Pooling=False"))
            await context.Database.OpenConnectionAsync(TestLedger.Stop);
        disk.Execute("""
            CREATE TABLE "__EFMigrationsLock" (
                "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
                "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00');
            """);

        var journal = await disk.Open();

        Assert.Equal([RecordOutcome.Inserted], await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop));
    }

    [Fact]
    public async Task MigrationInAnotherProcess_IsAwaited()
    {
        using var disk = new TestLedger();
        Journal journal;
        await using (new FileStream(disk.Path + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            journal = disk.Start();
            await Eventually.Holds(() => journal.State.DownSince is not null);
            Assert.Contains("another process", journal.State.Reason, StringComparison.Ordinal);
            Assert.False(File.Exists(disk.Path));
        }
        await Eventually.Holds(() => journal.State.Up);
    }

    [Fact]
    public async Task IncompleteLedgerOfAKilledStart_IsCreatedAgain()
    {
        using var disk = new TestLedger();
        await File.WriteAllTextAsync(disk.Path + ".new", "half", TestLedger.Stop);

        await disk.Open();

        Assert.Equal(0, disk.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task LogWithoutItsFile_IsNotAppliedToANewLedger()
    {
        using var disk = new TestLedger();
        await File.WriteAllTextAsync(disk.Path + "-wal", "the last entries of a ledger", TestLedger.Stop);
        var journal = disk.Start();

        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains("-wal belongs to a file", journal.State.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(disk.Path));
        File.Delete(disk.Path + "-wal");
        await Eventually.Holds(() => journal.State.Up);
    }

    [Fact]
    public async Task SeveralProcessesStartingTogether_ShareOneLedger()
    {
        using var disk = new TestLedger();
        var journals = Enumerable.Range(0, 4).Select(_ => disk.Start()).ToList();

        var outcomes = await Task.WhenAll(
            journals.Select((journal, i) =>
                journal.Enqueue(Live(Fund(P1, 100), Grab(P2, i + 1, "a", 1)), TestLedger.Stop)));

        Assert.Equal(5, outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Inserted));
        Assert.Equal(5, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task Reader_CannotWriteAndCreatesNoFile()
    {
        using var disk = new TestLedger();
        var absent = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var early = disk.Read();
            await early.Transfers.CountAsync(TestLedger.Stop);
        });
        Assert.True(LedgerOutage.IsOutage(absent));
        Assert.False(File.Exists(disk.Path));

        await disk.Open();

        await using var context = disk.Read();
        Assert.Equal(0, await context.Transfers.CountAsync(TestLedger.Stop));
        await Assert.ThrowsAnyAsync<Exception>(() => context.Transfers.ExecuteDeleteAsync(TestLedger.Stop));
    }
}
