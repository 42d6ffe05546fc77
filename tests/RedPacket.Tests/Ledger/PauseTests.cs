using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>A pause of settlement: the writer records no chunk, and does everything else.</summary>
public abstract class PauseTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    private static readonly Actor s_olga = new("olga", null, null);

    [Fact]
    public async Task Paused_ChunksWait_AndOtherWorkIsDone()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100)));
        disk.Execute("INSERT INTO shards (shard, run) VALUES (0, 'now') ON CONFLICT (shard) DO UPDATE SET run = excluded.run");
        var house = await Pause(journal);

        var waiting = Record(journal, Live(Grab(P1, 1, "alice", 30)) with { Run = "now" });
        // What a gate parks does not wait.
        var parked = await Record(journal, Live(Grab(P1, 2, "bob", 30)) with { Slow = true, Run = Chunk.LostRun, Forgotten = true });
        await Work(journal);
        var before = (waiting.IsCompleted, disk.Number("SELECT count(*) FROM transfers"));
        await house.Resume(s_olga, TestLedger.Stop);

        Assert.Equal((false, 1), before);
        Assert.Equal([RecordOutcome.Parked], parked);
        Assert.Equal([RecordOutcome.Inserted], await waiting);
        Assert.Null(journal.State.Pause);
        disk.MustBalance();
    }

    [Fact]
    public async Task WriterThatStartsDuringAPause_RecordsNothing()
    {
        var first = await disk.Open();
        await Record(first, Live(Fund(P1, 100)));
        var house = await Pause(first);

        var second = disk.Start();
        var waiting = Record(second, Live(Grab(P1, 1, "alice", 30)));
        await Eventually.Holds(() => second.State is { Up: true, Pause: not null });
        await Work(second);
        var before = (waiting.IsCompleted, disk.Number("SELECT count(*) FROM transfers"));
        await house.Resume(s_olga, TestLedger.Stop);

        Assert.Equal((false, 1), before);
        Assert.Equal("olga", second.State.Pause?.By ?? "olga");
        Assert.Equal([RecordOutcome.Inserted], await waiting);
    }

    [Fact]
    public async Task ChunkThatIsTakenWhenThePauseIsSeen_IsNotRecorded()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var journal = await disk.Open(clock);
        await Record(journal, Live(Fund(P1, 100)));
        await new HouseRecord(journal, new AuditTrail(journal, clock), clock).AtLeast(1, TestLedger.Stop);
        disk.Execute("UPDATE house SET paused_at = 1, paused_by = 'olga', pause_reason = 'a test'");

        // The writer asks with this chunk in its turn.
        clock.Advance(TimeSpan.FromSeconds(1));
        var waiting = Record(journal, Live(Grab(P1, 1, "alice", 30)));
        await Eventually.Holds(() => journal.State.Pause is not null);
        await Work(journal);
        var before = (waiting.IsCompleted, disk.Number("SELECT count(*) FROM transfers"));
        disk.Execute("UPDATE house SET paused_at = NULL");
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((false, 1), before);
        Assert.Equal([RecordOutcome.Inserted], await waiting);
    }

    private static async Task<HouseRecord> Pause(Journal journal)
    {
        var house = new HouseRecord(journal, new AuditTrail(journal, TimeProvider.System), TimeProvider.System);
        await house.AtLeast(1, TestLedger.Stop);
        await house.Pause(s_olga, "a test", TestLedger.Stop);
        await Eventually.Holds(() => journal.State.Pause is { By: "olga", Reason: "a test" });
        return house;
    }

    // Each is a turn of the writer, in which it could have taken a chunk.
    private static async Task Work(Journal journal)
    {
        for (var turn = 0; turn < 5; turn++)
            await journal.Execute(transaction => transaction.Number("SELECT 1"), TestLedger.Stop);
    }
}

public sealed class PauseOnSqliteTests() : PauseTests(null);

[Needs("servers")]
public sealed class PauseOnPostgresTests(SharedPostgres postgres) : PauseTests(postgres);
