using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

public abstract class RecordingTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    [Fact]
    public async Task FundGrabAndRefund_MoveMoneyBetweenTheRightAccounts()
    {
        var journal = await disk.Open();

        var outcomes = await Record(journal, Live(Fund(P1, 100, """{"count":2}"""), Grab(P1, 1, "alice", 30), Refund(P1, 70)));

        Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        await using var ledger = disk.Read();
        var accounts = await ledger.Accounts.ToDictionaryAsync(a => a.Code, TestLedger.Stop);
        Assert.Equal((100, 0), Totals(accounts["funding:0"]));
        Assert.Equal((100, 100), Totals(accounts[$"packet:{P1}"]));
        Assert.Equal((0, 30), Totals(accounts["wallet:alice"]));
        Assert.Equal((0, 70), Totals(accounts["wallet:sender"]));
        Assert.Equal(UserId.Check("alice"), accounts["wallet:alice"].Check);
        Assert.Equal(0, accounts["funding:0"].Check);
        var packet = await ledger.Packets.SingleAsync(TestLedger.Stop);
        Assert.Equal((P1, 0, """{"count":2}"""), (packet.PacketId, packet.Shard, packet.Terms));
        Assert.Equal(6, (await ledger.Shards.SingleAsync(TestLedger.Stop)).HighestSeq);
        Assert.Equal("00-trace", (await ledger.Recordings.SingleAsync(TestLedger.Stop)).Traceparent);
        Assert.Equal(3, journal.State.RecordedTransfers);
        disk.MustBalance();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(24 * 7, false)]
    public async Task SecondFundOfOneKey_IsMarkedWhileTheKeyIsValid(int hoursLater, bool marked)
    {
        var journal = await disk.Open();
        var (terms, other) = ("""{"key":"0123456789abcdef0123456789abcdef"}""", """{"key":"0123456789abcdef0123456789abcdee"}""");
        var later = Fund(P2, 50, terms) with { AtMs = 1000 + hoursLater * 3_600_000L };

        // In one chunk, and once more.
        await Record(journal, Live(Fund(P1, 100, terms), later));
        await Record(journal, Live(later, Fund(P3, 50, other)));
        await Record(journal, Live(Grab(P4, 1, "alice", 1)));
        await Record(journal, Live(Fund(P4, 50, other)));

        Assert.Equal(marked ? 1 : 0, disk.Number($"SELECT count(*) FROM packets WHERE packet_id = '{P2}' AND repeats IS NOT NULL"));
        Assert.Equal(1, disk.Number($"SELECT count(*) FROM packets WHERE packet_id = '{P4}' AND repeats IS NOT NULL"));
        Assert.Equal(0, disk.Number($"SELECT count(*) FROM packets WHERE packet_id IN ('{P1}', '{P3}') AND repeats IS NOT NULL"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("""{"key":7}""")]
    [InlineData("""{"key":"k"}""")]
    [InlineData("""{"more":{"key":"0123456789abcdef0123456789abcdef"}}""")]
    public async Task TermsWithoutAKey_AreOfNoKey(string terms)
    {
        var journal = await disk.Open();

        await Record(journal, Live(Fund(P1, 100, terms), Fund(P2, 100, terms)));

        Assert.Equal(2, disk.Number("SELECT count(*) FROM packets WHERE key_hash IS NULL AND repeats IS NULL"));
    }

    [Fact]
    public async Task ChunksThreeTimesInReverseOrder_RecordEachTransferOnce()
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
    public async Task LinesThatComeAgainBetweenOthers_LeaveNoGapInTheNumbers()
    {
        var journal = await disk.Open();
        await Record(journal, Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)));
        await Record(journal, Live(Grab(P1, 1, "alice", 30), Fund(P1, 100), Grab(P1, 2, "bob", 20)));
        await Record(journal, Slow(Grab(P1, 2, "bob", 20), Grab(P1, 1, "alice", 30)));
        await Record(journal, Live(Grab(P1, 3, "carol", 10), Grab(P1, 1, "mallory", 30), Grab(P1, 4, "dave", 40)));

        Assert.Equal(["1", "2", "3", "4", "5"], disk.Texts("SELECT CAST(id AS TEXT) FROM transfers ORDER BY id"));
    }

    [Fact]
    public async Task SameIdentityTwiceInOneChunk_IsADuplicateOrAConflictByItsFields()
    {
        var journal = await disk.Open();

        var outcomes = await Record(
            journal,
            Live(Fund(P1, 100), Grab(P1, 1, "alice", 30), Grab(P1, 1, "alice", 30), Grab(P1, 1, "mallory", 30)));

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
    public async Task SameIdentityWithOneFieldChanged_IsParkedAndTheRowIsUnchanged(string changed, string detail)
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
        var parked = await ledger.Parked.SingleAsync(TestLedger.Stop);
        Assert.Equal(("conflict", detail, other.ToString()), (parked.Reason, parked.Detail, parked.Payload));
        Assert.Equal((P1, other.Kind, other.UserId, other.AmountFen), (parked.PacketId, parked.Kind, parked.UserId, parked.AmountFen));
        Assert.Equal("{}", (await ledger.Packets.SingleAsync(TestLedger.Stop)).Terms);
        Assert.Equal(1, disk.Number(
            "SELECT count(*) FROM transfers WHERE kind = 2 AND ordinal = 1 AND amount_fen = 30 AND granted_at = 2000"));
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
    public async Task EmptyChunk_IsAnsweredAndItsSeqIsRecorded()
    {
        var journal = await disk.Open();

        Assert.Empty(await Record(journal, Live() with { HighestSeq = 77 }));
        Assert.Empty(await Record(journal, Live() with { HighestSeq = 5 }));

        Assert.Equal(77, disk.Number("SELECT highest_seq FROM shards WHERE shard = 0"));
        Assert.Equal(0, disk.Number("SELECT count(*) FROM recordings"));
    }

    [Fact]
    public async Task WorkThrows_ChangesNothingAndReportsTheCause()
    {
        var journal = await disk.Open();
        const string audit = "INSERT INTO audits (at, actor, action, detail) VALUES (1, 'op', 'test', '')";

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Execute(journal, audit, fail: true));
        await Execute(journal, audit, fail: false);

        Assert.Equal("by hand", failure.Message);
        Assert.Equal(1, disk.Number("SELECT count(*) FROM audits"));
        Assert.True(journal.State.Up);
    }

    private static Task<LedgerMark> Execute(Journal journal, string sql, bool fail) => journal.Execute(transaction =>
    {
        transaction.Execute(sql);
        if (fail)
            throw new InvalidOperationException("by hand");
    }, TestLedger.Stop);

    private static (long, long) Totals(Account account) => (account.Debits, account.Credits);
}

public sealed class RecordingOnSqliteTests() : RecordingTests(null);

[Needs("servers")]
public sealed class RecordingOnPostgresTests(SharedPostgres postgres) : RecordingTests(postgres);
