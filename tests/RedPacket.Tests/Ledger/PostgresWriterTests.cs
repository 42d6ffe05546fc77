using Microsoft.EntityFrameworkCore;
using Npgsql;
using RedPacket.Ledger;
using RedPacket.Ledger.Postgres;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>Several who write to one PostgreSQL, and what none of them may do to the others.</summary>
[Needs("servers")]
public sealed class PostgresWriterTests(SharedPostgres postgres) : LedgerTests(postgres)
{
    private const int Began = 5002;

    [Fact]
    public void Migrations_MatchTheModel()
    {
        using var context = PostgresLedgerDbContext.On(new NpgsqlConnection("Host=nowhere"));

        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task TwoWritersInOppositeOrder_DoNotBlockEachOtherAndTotalsAreRight()
    {
        Journal[] journals = [await disk.Open(), await disk.Open()];
        string[] packets = [.. Enumerable.Range(1, 20).Select(i => $"0-{i:x32}")];
        await journals[0].Enqueue(Live([.. packets.Select(packet => Fund(packet, 1_000_000))]), TestLedger.Stop);

        var work = Enumerable.Range(0, 60).SelectMany(round => new[]
        {
            journals[0].Enqueue(Live([.. packets.Select(packet => Grab(packet, round + 1, $"u{round % 7}", 1))]), TestLedger.Stop),
            journals[1].Enqueue(
                Live([.. packets.Reverse().Select(packet => Grab(packet, round + 1001, $"u{round % 5}", 1))]),
                TestLedger.Stop),
        }).ToList();
        var outcomes = (await Task.WhenAll(work)).SelectMany(outcome => outcome);

        Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        Assert.Equal(0, disk.Log.Count(Began));
        Assert.Equal(2420, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task SameEntriesCommittedTogether_AreInsertedOnceAndDuplicateOnce()
    {
        Journal[] journals = [await disk.Open(), await disk.Open(), await disk.Open()];

        for (var round = 1; round <= 40; round++)
        {
            var chunk = Live([.. Enumerable.Range(0, 10).Select(i => Grab(P1, (10 * round) + i, $"u{i}", 1))]);
            var outcomes = await Task.WhenAll(journals.Select(journal => journal.Enqueue(chunk, TestLedger.Stop)));
            Assert.Equal(
                (10, 20),
                (outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Inserted),
                outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Duplicate)));
        }

        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        disk.MustBalance();
    }

    [Fact]
    public async Task TransferNumbers_HaveNoGapsAfterRefusals()
    {
        var journal = await disk.Open();
        await journal.Enqueue(Live(Fund(P1, 10), Grab(P1, 1, "a", 10)), TestLedger.Stop);
        Assert.Equal([RecordOutcome.Parked], await journal.Enqueue(Live(Grab(P1, 2, "b", 1)), TestLedger.Stop));
        await journal.Enqueue(Live(Grab(P1, 1, "a", 10), Grab(P2, 1, "a", 1)), TestLedger.Stop);

        Assert.Equal((3, 3), (disk.Number("SELECT count(*) FROM transfers"), disk.Number("SELECT max(id) FROM transfers")));
    }

    [Fact]
    public async Task BusyWriter_IsNeverIdleInATransaction()
    {
        var journal = disk.Start(maxRows: 50);
        var recordings = new Recordings(journal, rows: 50);
        await recordings.Next();

        // Stopped at any such moment it would hold up others for as long as it is stopped.
        var open = 0L;
        for (var look = 0; look < 30; look++)
        {
            recordings.KeepWaiting(20);
            open += disk.Number("""
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'redpacket ledger' AND state LIKE 'idle in transaction%'
                """);
        }
        await recordings.All();

        Assert.Equal(0, open);
        Assert.Equal(0, disk.Number("""
            SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE a.datname = current_database() AND a.application_name = 'redpacket ledger'
            """));
    }

    [Fact]
    public async Task WorkStalledBetweenStatements_IsCancelledAndTheOtherWriterContinues()
    {
        disk.BusyTimeout = TimeSpan.FromSeconds(1);
        Journal[] journals = [await disk.Open(), await disk.Open()];
        using var stopped = new ManualResetEventSlim();
        using var asleep = new ManualResetEventSlim();
        var work = journals[0].Execute(transaction =>
        {
            transaction.Execute("INSERT INTO audits (at, actor, action, detail) VALUES (1, 'op', 'test', '')");
            asleep.Set();
            stopped.Wait(TestLedger.Stop);
        }, TestLedger.Stop);
        asleep.Wait(TestLedger.Stop);

        var outcomes = await journals[1].Enqueue(Live(Fund(P1, 100)), TestLedger.Stop).WaitAsync(TimeSpan.FromMinutes(2), TestLedger.Stop);
        stopped.Set();

        Assert.Equal([RecordOutcome.Inserted], outcomes);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => work);
        Assert.Equal(0, disk.Number("SELECT count(*) FROM audits"));
        await Eventually.Holds(() => journals[0].State.Up);
    }

    [Fact]
    public async Task BackendTerminatedRepeatedlyUnderLoad_EveryEntryIsRecordedOnce()
    {
        var journal = disk.Start(maxRows: 40);
        await Eventually.Holds(() => journal.State.Up);
        var recordings = new Recordings(journal, rows: 20);

        for (var killed = 0L; killed < 12;)
        {
            recordings.KeepWaiting(50);
            killed += disk.Number("""
                SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'redpacket ledger' AND state = 'active') AS ended
                """);
        }
        var outcomes = await recordings.All();

        Assert.All(outcomes, outcome => Assert.True(outcome is RecordOutcome.Inserted or RecordOutcome.Duplicate));
        Assert.Equal(outcomes.Count, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task LineTooLongForAnIndexOrWithNul_IsParkedOnce()
    {
        var journal = await disk.Open();
        var random = new Random(1);
        var noise = string.Concat(Enumerable.Range(0, 20_000).Select(_ => (char)('a' + random.Next(26))));
        var chunk = Live() with { Lines = [new(noise, null), new("g zero \0 here", null), ChunkLine.Read(Fund(P1, 100).ToString())] };

        for (var i = 0; i < 2; i++)
            Assert.Equal([RecordOutcome.Parked, RecordOutcome.Parked], (await journal.Enqueue(chunk, TestLedger.Stop)).Take(2));
        Assert.Equal([RecordOutcome.Parked], await journal.Enqueue(Live(Grab(P2, 1, "a\0b", 1)), TestLedger.Stop));

        Assert.Equal(
            (2, 1),
            (disk.Number("SELECT count(*) FROM parked WHERE reason = 'unreadable'"),
            disk.Number("SELECT count(*) FROM parked WHERE reason = 'refused'")));
    }

    [Fact]
    public async Task Reader_CannotWrite()
    {
        await disk.Open();
        await using var context = disk.Read();
        Assert.Equal(0, await context.Transfers.CountAsync(TestLedger.Stop));

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => context.Transfers.ExecuteDeleteAsync(TestLedger.Stop));

        Assert.True(LedgerOutage.IsOutage(refused));
    }

    /// <summary>Chunks of so many grabs each, which nobody else records.</summary>
    private sealed class Recordings(Journal journal, int rows)
    {
        private readonly List<Task<RecordOutcome[]>> _begun = [];

        public Task<RecordOutcome[]> Next()
        {
            var first = rows * _begun.Count;
            _begun.Add(journal.Enqueue(Live([.. Enumerable.Range(1, rows).Select(i => Grab(P1, first + i, $"u{i}", 1))]), TestLedger.Stop));
            return _begun[^1];
        }

        /// <summary>Begins more of them until so many wait.</summary>
        public void KeepWaiting(int most)
        {
            for (var waiting = _begun.Count(recording => !recording.IsCompleted); waiting < most; waiting++)
                _ = Next();
        }

        public async Task<List<RecordOutcome>> All() =>
            [.. (await Task.WhenAll(_begun)).SelectMany(outcomes => outcomes)];
    }
}
