using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>Entries of a run of the gate that is over: they may match transfers of the ledger but add none.</summary>
public abstract class StaleRunTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    [Fact]
    public async Task UnknownLine_IsStaleAndLeavesNoTrace()
    {
        var journal = await Opened(Fund(P1, 100));

        Assert.Equal(
            [RecordOutcome.StaleRun, RecordOutcome.StaleRun, RecordOutcome.StaleRun],
            await Record(journal, Stale(Grab(P1, 1, "alice", 30), Fund(P2, 50), Refund(P1, 100))));

        Assert.Equal(
            (1, 0, 1),
            (disk.Number("SELECT count(*) FROM transfers"),
            disk.Number("SELECT count(*) FROM parked"),
            disk.Number("SELECT count(*) FROM packets")));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM shards WHERE run = 'open'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task RecordedLine_IsADuplicateOrAConflictThatNamesItsRun()
    {
        var journal = await Opened(Fund(P1, 100), Grab(P1, 1, "alice", 30));

        Assert.Equal(
            [RecordOutcome.Duplicate, RecordOutcome.Duplicate, RecordOutcome.Parked],
            await Record(journal, Stale(Fund(P1, 100), Grab(P1, 1, "alice", 30), Grab(P1, 1, "bob", 30))));

        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE reason = 'conflict' AND lost_run = 'over' AND user_id = 'bob'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task ForgottenGrab_IsParked_AndItsIdentityStaysFree()
    {
        var journal = await Opened(Fund(P1, 100));

        Assert.Equal([RecordOutcome.Parked], await Record(journal, Stale(Grab(P1, 1, "alice", 30)) with { Forgotten = true }));
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Live(Grab(P1, 1, "bob", 30)) with { Run = "open" }));

        Assert.Equal(1, disk.Number(
            "SELECT count(*) FROM parked WHERE reason = 'conflict' AND lost_run = 'over' AND payload LIKE '% alice %'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task LineThatIsOnlyToBeParked_IsNeverATransfer_EvenWhereTheLedgerHasNoRun()
    {
        var journal = await disk.Open();
        var lost = Live(Grab(P1, 1, "alice", 30)) with { Run = Chunk.LostRun };

        Assert.Equal([RecordOutcome.StaleRun], await Record(journal, lost));
        Assert.Equal([RecordOutcome.Parked], await Record(journal, lost with { Forgotten = true }));

        Assert.Equal((0, 1), (disk.Number("SELECT count(*) FROM transfers"), disk.Number("SELECT count(*) FROM parked")));
    }

    [Fact]
    public async Task LineWithoutANumber_IsBeyondTheBorder()
    {
        var journal = await Opened(Fund(P1, 100));
        disk.Execute("UPDATE shards SET border_run = 'over', border_seq = 1000");
        var late = Stale(Grab(P1, 1, "alice", 30));

        Assert.Equal([RecordOutcome.StaleRun], await Record(journal, late with { HighestSeq = 0 }));
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, late));
    }

    [Fact]
    public async Task ForgottenFund_IsParked_AndTheRunGoesOn()
    {
        var journal = await Opened(Fund(P1, 100));

        Assert.Equal(
            [RecordOutcome.Parked, RecordOutcome.StaleRun],
            await Record(journal, Stale(Fund(P2, 50), Refund(P2, 50)) with { Forgotten = true }));

        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE reason = 'conflict' AND lost_run = 'over' AND kind = 1"));
        Assert.Equal(0, disk.Number($"SELECT count(*) FROM packets WHERE packet_id = '{P2}'"));
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Live(Grab(P1, 1, "alice", 30)) with { Run = "open" }));
        // It was taken back into Redis, and comes from there.
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Live(Fund(P2, 50)) with { Run = "open" }));
        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        disk.MustBalance();
    }

    [Fact]
    public async Task RefundThatWasMadeAgain_IsNoConflict()
    {
        var journal = await Opened(Fund(P1, 100), Refund(P1, 100));

        Assert.Equal(
            [RecordOutcome.Duplicate, RecordOutcome.StaleRun],
            await Record(journal, Stale(Refund(P1, 100), Refund(P1, 90))));

        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
    }

    [Fact]
    public async Task ResolvedLine_StaysResolved()
    {
        var journal = await Opened(Fund(P1, 100));
        await Record(journal, Stale(Grab(P1, 1, "alice", 30)) with { Forgotten = true });
        disk.Execute("UPDATE parked SET resolved_at = 1, resolution = 'made_good'");

        Assert.Equal(
            [RecordOutcome.Duplicate, RecordOutcome.StaleRun],
            await Record(journal, Stale(Grab(P1, 1, "alice", 30), Grab(P1, 2, "bob", 30))));

        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked"));
    }

    [Fact]
    public async Task StaleAndLiveChunksInOneTransaction_AreJudgedByTheirOwnRuns()
    {
        var journal = await Opened(Fund(P1, 100));
        using var release = new ManualResetEventSlim();
        var held = journal.Execute(_ => release.Wait(TestLedger.Stop), TestLedger.Stop);
        var stale = journal.Enqueue(Stale(Grab(P1, 1, "alice", 30), Fund(P1, 100)), TestLedger.Stop);
        var live = journal.Enqueue(Live(Grab(P1, 1, "bob", 30)) with { Run = "open" }, TestLedger.Stop);
        release.Set();
        await held;

        Assert.Equal([RecordOutcome.StaleRun, RecordOutcome.Duplicate], await stale);
        Assert.Equal([RecordOutcome.Inserted], await live);
        disk.MustBalance();
    }

    [Fact]
    public async Task LedgerWithoutARun_RecordsEverything()
    {
        var journal = await disk.Open();

        Assert.All(
            await Record(journal, Stale(Fund(P1, 100), Grab(P1, 1, "alice", 30))),
            outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
    }

    private async Task<Journal> Opened(params Entry?[] entries)
    {
        var journal = await disk.Open();
        Assert.All(await Record(journal, Live(entries)), outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        disk.Execute("UPDATE shards SET run = 'open'");
        return journal;
    }
}

public sealed class StaleRunOnSqliteTests() : StaleRunTests(null);

[Needs("servers")]
public sealed class StaleRunOnPostgresTests(SharedPostgres postgres) : StaleRunTests(postgres);
