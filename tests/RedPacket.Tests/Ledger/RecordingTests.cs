using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using static RedPacket.Tests.Ledger.Lines;

namespace RedPacket.Tests.Ledger;

public sealed class RecordingTests : IDisposable
{
    private readonly LedgerOnDisk disk = new();

    public void Dispose() => disk.Dispose();

    [Fact]
    public async Task FundGrabAndRefund_MoveMoneyBetweenTheRightAccounts()
    {
        var journal = await disk.Open();

        var outcomes = await Record(journal, Live(Fund(P1, 100, """{"count":2}"""), Grab(P1, 1, "alice", 30), Refund(P1, 70)));

        Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        await using var ledger = disk.Read();
        var accounts = await ledger.Accounts.ToDictionaryAsync(a => a.Code, LedgerOnDisk.Stop);
        Assert.Equal((100, 0), Totals(accounts["funding:0"]));
        Assert.Equal((100, 100), Totals(accounts[$"packet:{P1}"]));
        Assert.Equal((0, 30), Totals(accounts["wallet:alice"]));
        Assert.Equal((0, 70), Totals(accounts["wallet:sender"]));
        Assert.Equal(UserId.Check("alice"), accounts["wallet:alice"].Check);
        Assert.Equal(0, accounts["funding:0"].Check);
        var packet = await ledger.Packets.SingleAsync(LedgerOnDisk.Stop);
        Assert.Equal((P1, 0, """{"count":2}"""), (packet.PacketId, packet.Shard, packet.Terms));
        Assert.Equal(6, (await ledger.Shards.SingleAsync(LedgerOnDisk.Stop)).HighestSeq);
        Assert.Equal("00-trace", (await ledger.Recordings.SingleAsync(LedgerOnDisk.Stop)).Traceparent);
        Assert.Equal(3, journal.State.RecordedTransfers);
        disk.MustBalance();
    }

    [Fact]
    public async Task EveryChunkThreeTimesAndInReverseOrder_EachTransferStandsOnce()
    {
        var journal = await disk.Open();
        Chunk[] chunks =
        [
            Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)),
            Live(Grab(P1, 2, "bob", 20), Fund(P2, 50)),
            Slow(Grab(P2, 1, "alice", 50), Refund(P1, 50)),
        ];

        foreach (var chunk in chunks.Concat(chunks).Concat(chunks).Reverse())
            Assert.DoesNotContain(RecordOutcome.Parked, await Record(journal, chunk));

        Assert.Equal(6, disk.Number("SELECT count(*) FROM transfers"));
        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        Assert.Equal(80, disk.Number("SELECT credits FROM accounts WHERE code = 'wallet:alice'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task SameIdentityTwiceInOneChunk_IsADuplicateOrAConflictAsItsFieldsSay()
    {
        var journal = await disk.Open();

        var outcomes = await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30), Grab(P1, 1, "alice", 30), Grab(P1, 1, "mallory", 30)));

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Inserted, RecordOutcome.Duplicate, RecordOutcome.Parked], outcomes);
        Assert.Equal(30, disk.Number("SELECT debits FROM accounts WHERE kind = 2"));
        disk.MustBalance();
    }

    public static TheoryData<string, string> Conflicts => new()
    {
        { "user", "credit account wallet:alice in the ledger, wallet:bob here" },
        { "amount", "30 fen in the ledger, 31 here" },
        { "moment", "granted at 2000 in the ledger, 2001 here" },
        { "terms", "other terms in the ledger than here" },
    };

    [Theory, MemberData(nameof(Conflicts))]
    public async Task SameIdentityWithOneFieldChanged_IsParkedAndTheRowStands(string changed, string detail)
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)));
        var other = changed switch
        {
            "user" => Grab(P1, 1, "bob", 30),
            "amount" => Grab(P1, 1, "alice", 31),
            "moment" => Grab(P1, 1, "alice", 30, at: 2001),
            _ => Fund(P1, 100, """{"count":9}"""),
        };

        Assert.Equal([RecordOutcome.Parked, RecordOutcome.Inserted], await Record(journal, Live(other, Grab(P1, 2, "carol", 5))));

        await using var ledger = disk.Read();
        var parked = await ledger.Parked.SingleAsync(LedgerOnDisk.Stop);
        Assert.Equal(("conflict", detail, other.Payload), (parked.Reason, parked.Detail, parked.Payload));
        Assert.Equal((P1, (int)other.Kind, other.UserId, other.AmountFen), (parked.PacketId, parked.Kind, parked.UserId, parked.AmountFen));
        Assert.Equal("{}", (await ledger.Packets.SingleAsync(LedgerOnDisk.Stop)).Terms);
        Assert.Equal(1, disk.Number("SELECT count(*) FROM transfers WHERE kind = 2 AND ordinal = 1 AND amount_fen = 30 AND granted_at = 2000"));
        disk.MustBalance();
    }

    [Fact]
    public async Task SameConflictDeliveredAgain_IsParkedOnce()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)));

        for (var i = 0; i < 3; i++)
            Assert.Equal([RecordOutcome.Parked], await Record(journal, Live(Grab(P1, 1, "bob", 30))));

        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked"));
    }

    [Fact]
    public async Task ShareTooMany_IsRefusedAtTheEscrowAndTheRestIsRecorded()
    {
        var journal = await disk.Open();
        var chunk = Live(Grab(P1, 1, "a", 40), Grab(P1, 2, "b", 40), Grab(P1, 3, "c", 40), Fund(P1, 100), Fund(P2, 7), Grab(P2, 1, "d", 7));

        var outcomes = await Record(journal, chunk);

        var (done, not) = (RecordOutcome.Inserted, RecordOutcome.Parked);
        Assert.Equal([done, done, not, done, done, done], outcomes);
        await using var ledger = disk.Read();
        var parked = await ledger.Parked.SingleAsync(LedgerOnDisk.Stop);
        Assert.Equal(("refused", 3, "c"), (parked.Reason, parked.Ordinal, parked.UserId));
        Assert.Contains("escrow_not_overdrawn", parked.Detail, StringComparison.Ordinal);
        Assert.Equal(5, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task BadRowAmongManyChunks_CostsTheOthersNothing()
    {
        using var other = disk.Other();
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100)));
        var chunks = Enumerable.Range(1, 20).Select(i => Live(Grab(P1, i, $"u{i}", i == 7 ? 99 : 1), Grab(P2, i, $"u{i}", 1)));

        var outcomes = await Task.WhenAll(chunks.Select(chunk => journal.Record(chunk, LedgerOnDisk.Stop)));

        Assert.Equal(39, outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Inserted));
        Assert.Equal(1, disk.Number("SELECT count(*) FROM parked WHERE reason = 'refused'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task AmountNoPacketCanHold_IsRefused()
    {
        var journal = await disk.Open();

        var outcomes = await Record(journal, Live(Fund(P1, long.MaxValue), Fund(P2, 134217728), Grab(P1, 1, "alice", 134217727), Grab(P1, 2, "alice", 0)));

        var (done, not) = (RecordOutcome.Inserted, RecordOutcome.Parked);
        Assert.Equal([not, not, done, not], outcomes);
        Assert.Equal(3, disk.Number("SELECT count(*) FROM parked WHERE detail LIKE '%amount_in_range%'"));
        disk.MustBalance();
    }

    [Fact]
    public async Task TotalThatWouldOverflow_IsRefusedNotRounded()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Grab(P1, 1, "alice", 1)));
        disk.Execute("UPDATE accounts SET credits = 9223372036854775806 WHERE code = 'wallet:alice'");

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Parked], await Record(journal, Live(Grab(P1, 2, "alice", 1), Grab(P1, 3, "alice", 1))));

        Assert.Equal(long.MaxValue, disk.Number("SELECT credits FROM accounts WHERE code = 'wallet:alice' AND typeof(credits) = 'integer'"));
        Assert.Equal(2, disk.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task LineThatCannotBeRead_IsParkedWithItsText()
    {
        var journal = await disk.Open();

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Parked], await Record(journal, Live(Fund(P1, 100), null)));

        await using var ledger = disk.Read();
        var parked = await ledger.Parked.SingleAsync(LedgerOnDisk.Stop);
        Assert.Equal(("unreadable", "? 1", "", 4000), (parked.Reason, parked.Payload, parked.PacketId, parked.PublishedAt));
    }

    [Fact]
    public async Task RowThatFailsForAnotherCause_IsLeftInTheOutboxAndTheRestIsRecorded()
    {
        var journal = await disk.Open();
        disk.Execute("CREATE TRIGGER broken BEFORE INSERT ON transfers WHEN NEW.ordinal = 2 BEGIN SELECT abs(-9223372036854775808); END");

        var outcomes = await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "a", 1), Grab(P1, 2, "b", 1), Grab(P1, 3, "c", 1)));

        Assert.Equal([RecordOutcome.Inserted, RecordOutcome.Inserted, RecordOutcome.Left, RecordOutcome.Inserted], outcomes);
        Assert.Equal(0, disk.Number("SELECT count(*) FROM parked"));
        Assert.True(journal.State.Up);
        disk.Execute("DROP TRIGGER broken");
        Assert.Equal([RecordOutcome.Inserted], await Record(journal, Slow(Grab(P1, 2, "b", 1))));
        disk.MustBalance();
    }

    [Fact]
    public async Task ParkedLineThatIsReplayedAndFits_IsRecordedAndNoLongerParked()
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
    public async Task ChunkWithoutLines_IsAnsweredAndItsSeqIsSeen()
    {
        var journal = await disk.Open();

        Assert.Empty(await Record(journal, Live() with { HighestSeq = 77 }));
        Assert.Empty(await Record(journal, Live() with { HighestSeq = 5 }));

        Assert.Equal(77, disk.Number("SELECT highest_seq FROM shards WHERE shard = 0"));
        Assert.Equal(0, disk.Number("SELECT count(*) FROM recordings"));
    }

    [Fact]
    public async Task WorkThatThrows_LeavesNothingAndSaysWhy()
    {
        var journal = await disk.Open();
        const string Audit = "INSERT INTO audits (at, actor, action, detail) VALUES (1, 'op', 'test', '')";

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Run(journal, Audit, fail: true));
        await Run(journal, Audit, fail: false);

        Assert.Equal("by hand", failure.Message);
        Assert.Equal(1, disk.Number("SELECT count(*) FROM audits"));
        Assert.True(journal.State.Up);
    }

    private static Task<RecordOutcome[]> Record(Journal journal, Chunk chunk) => journal.Record(chunk, LedgerOnDisk.Stop);

    private static Task Run(Journal journal, string sql, bool fail) => journal.Run((connection, transaction) =>
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
        if (fail)
            throw new InvalidOperationException("by hand");
    }, LedgerOnDisk.Stop);

    private static (long, long) Totals(Account account) => (account.Debits, account.Credits);
}
