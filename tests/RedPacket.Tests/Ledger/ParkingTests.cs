using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Writing;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A line that cannot be recorded affects no other line, is never lost, and can be replayed once it fits.
/// </summary>
public abstract class ParkingTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    [Fact]
    public async Task ShareBeyondTheEscrow_IsRefusedAndTheRestIsRecorded()
    {
        var journal = await disk.Open();
        var chunk = Live(Grab(P1, 1, "a", 40), Grab(P1, 2, "b", 40), Grab(P1, 3, "c", 40), Fund(P1, 100), Fund(P2, 7), Grab(P2, 1, "d", 7));

        var outcomes = await Record(journal, chunk);

        var (done, not) = (RecordOutcome.Inserted, RecordOutcome.Parked);
        Assert.Equal([done, done, not, done, done, done], outcomes);
        await using var ledger = disk.Read();
        var parked = await ledger.Parked.SingleAsync(TestLedger.Stop);
        Assert.Equal(("refused", 3, "c"), (parked.Reason, parked.Ordinal, parked.UserId));
        Assert.Contains("escrow_not_overdrawn", parked.Detail, StringComparison.Ordinal);
        Assert.Equal(5, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task BadRowAmongManyChunks_DoesNotAffectTheOthers()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100)));
        var chunks = Enumerable.Range(1, 20).Select(i => Live(Grab(P1, i, $"u{i}", i == 7 ? 99 : 1), Grab(P2, i, $"u{i}", 1)));

        var outcomes = await Task.WhenAll(chunks.Select(chunk => journal.Enqueue(chunk, TestLedger.Stop)));

        Assert.Equal(39, outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Inserted));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE reason = 'refused'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task AmountOutOfRange_IsRefused()
    {
        var journal = await disk.Open();

        var outcomes = await Record(
            journal,
            Live(Fund(P1, long.MaxValue), Fund(P2, 134217728), Grab(P1, 1, "alice", 134217727), Grab(P1, 2, "alice", 0)));

        var (done, not) = (RecordOutcome.Inserted, RecordOutcome.Parked);
        Assert.Equal([not, not, done, not], outcomes);
        Assert.Equal(3, disk.Number("SELECT count(*) FROM parked WHERE detail LIKE '%amount_in_range%'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task OverflowingTotal_IsRefusedNotRounded()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Grab(P1, 1, "alice", 1)));
        disk.Execute("UPDATE accounts SET credits = 9223372036854775806 WHERE code = 'wallet:alice'");

        Assert.Equal(
            [RecordOutcome.Inserted, RecordOutcome.Parked],
            await Record(journal, Live(Grab(P1, 2, "alice", 1), Grab(P1, 3, "alice", 1))));

        Assert.Equal(
            long.MaxValue,
            disk.Number("SELECT credits FROM accounts WHERE code = 'wallet:alice' AND CAST(credits AS text) = '9223372036854775807'"));
        Assert.Equal(2, disk.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task UnreadableLine_IsParkedWithItsText()
    {
        var journal = await disk.Open();

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Parked], await Record(journal, Live(Fund(P1, 100), null)));

        await using var ledger = disk.Read();
        var parked = await ledger.Parked.SingleAsync(TestLedger.Stop);
        Assert.Equal(("unreadable", "? 1", "", 4000), (parked.Reason, parked.Payload, parked.PacketId, parked.PublishedAt));
    }

    [Fact]
    public async Task RowFailsForAnotherCause_StaysInTheOutboxAndTheRestIsRecorded()
    {
        var journal = await disk.Open();
        disk.BreakOrdinal(2);

        var outcomes = await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "a", 1), Grab(P1, 2, "b", 1), Grab(P1, 3, "c", 1)));

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Inserted, RecordOutcome.Left, RecordOutcome.Inserted], outcomes);
        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        Assert.True(journal.State.Up);
        disk.MendOrdinal();
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Slow(Grab(P1, 2, "b", 1))));
        disk.MustBalance();
    }

    [Fact]
    public async Task ReplayedLineThatFits_IsRecordedAndNoLongerParked()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "a", 100), Grab(P1, 2, "b", 1), null));
        Assert.Equal(2, disk.Number("SELECT count(*) FROM parked"));
        disk.Execute("UPDATE accounts SET credits = credits + 1 WHERE kind = 2");

        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Slow(Grab(P1, 2, "b", 1))));

        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked"));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE reason = 'unreadable'"));
    }

    [Fact]
    public async Task ResolvedLineAgain_IsADuplicateAndRaisesNoAlarm()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30), Grab(P1, 1, "bob", 30)));
        disk.Execute("UPDATE parked SET resolved_at = 7, resolution = 'made_good', detail = 'as it was'");
        var alarms = disk.Log.Count(5008);

        Assert.Equal([RecordOutcome.Duplicate], await Record(journal, Live(Grab(P1, 1, "bob", 30))));

        Assert.Equal((1, 1), (alarms, disk.Log.Count(5008)));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE resolved_at = 7 AND detail = 'as it was'"));
        Assert.Equal(2, disk.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task ResolvedLineRefusedAgain_KeepsItsReason()
    {
        await Record(await disk.Open(), Live(Fund(P1, 10), Grab(P1, 1, "a", 40)));
        disk.Execute("UPDATE parked SET resolved_at = 7, resolution = 'made_good'");
        var before = disk.Number("SELECT count(*) FROM parked WHERE detail LIKE '%escrow_not_overdrawn%'");
        var options = new LedgerOptions { ConnectionString = disk.ConnectionString };
        using var writer = LedgerProvider.Of(options).Writer(options, disk.Creation, TimeProvider.System, disk.Log);
        writer.Open();

        writer.ParkRefused(ChunkSlice.Whole(Live(Grab(P1, 1, "a", 40))), "for another reason", 9);

        Assert.Equal(
            (1, 1),
            (before, disk.Number("SELECT count(*) FROM parked WHERE detail LIKE '%escrow_not_overdrawn%' AND resolved_at = 7")));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked"));
    }
}

public sealed class ParkingOnSqliteTests() : ParkingTests(null);

[Needs("servers")]
public sealed class ParkingOnPostgresTests(SharedPostgres postgres) : ParkingTests(postgres);
