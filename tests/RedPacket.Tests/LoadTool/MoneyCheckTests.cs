using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.Tests.LoadTool;

/// <summary>Each difference between confirmed and recorded shares has its count.</summary>
public sealed class MoneyCheckTests
{
    private readonly PacketIds _packets = new(2, 100, 10_000);
    private readonly Callers _callers = Callers.ByHeader(10);
    private readonly GrabRecord _record = new();

    public MoneyCheckTests()
    {
        _packets.Add(0, "0-a");
        _packets.Add(1, "0-b");
        _record.Add(new Win(0, 1, 1, 100));
        _record.Add(new Win(0, 2, 2, 200));
        _record.Add(new Win(1, 1, 1, 300));
    }

    private static RecordedShare[] Recorded =>
        [new RecordedShare(0, 1, "load-1", 1, 100), new RecordedShare(0, 2, "load-2", 2, 200), new RecordedShare(1, 1, "load-1", 1, 300)];

    private MoneyCheck Check(params RecordedShare[] recorded) =>
        MoneyCheck.Of(_record, recorded, "ledger", _packets, _callers);

    [Fact]
    public void SameOnBothSides_Balances()
    {
        // A repeated answer counts once.
        _record.Add(new Win(0, 1, 1, 100));
        var check = Check(Recorded);
        Assert.True(check.IsBalanced, string.Join('\n', check.Evidence));
        Assert.Equal((3, 600, 3, 600, 3), (check.Won, check.WonFen, check.Recorded, check.RecordedFen, check.Kept));
    }

    [Fact]
    public void MissingRow_IsLost() => AssertDifferent(
        Check(Recorded[..2]), lost: 1, evidence: "confirmed but not in the ledger: packet 0-b, user load-1, share 1, 300 fen");

    [Fact]
    public void RowWithAnotherAmount_IsLost() => AssertDifferent(
        Check([.. Recorded[..2], Recorded[2] with { Fen = 301 }]), lost: 1, evidence: "confirmed share 1 of 300 fen, in the ledger");

    [Fact]
    public void RowOfAnotherUser_IsLostAndUnexpected() => AssertDifferent(
        Check([.. Recorded[..2], Recorded[2] with { User = 5, UserId = "load-5" }]), lost: 1, unexpected: 1, evidence: "never confirmed");

    [Fact]
    public void RowOfAnUnknownUser_IsUnexpected() => AssertDifferent(
        Check([.. Recorded, new RecordedShare(1, -1, "eve", 2, 50)]), unexpected: 1, evidence: "eve");

    [Fact]
    public void RepeatedRow_IsDuplicated() => AssertDifferent(
        Check([.. Recorded, Recorded[0]]), duplicated: 1, evidence: "in the ledger twice: packet 0-a, user load-1");

    [Fact]
    public void UserWithTwoShares_IsDuplicated() => AssertDifferent(
        Check([.. Recorded, new RecordedShare(0, 1, "load-1", 3, 70)]), duplicated: 1, evidence: "twice");

    [Fact]
    public void ShareOfTwoUsers_IsDuplicated() => AssertDifferent(
        Check([.. Recorded, new RecordedShare(0, 3, "load-3", 1, 100)]), duplicated: 1, evidence: "twice");

    [Fact]
    public void TwoSharesConfirmedToOneUser_AreContradicted()
    {
        _record.Add(new Win(0, 1, 7, 10));
        AssertDifferent(Check(Recorded), contradicted: 1, evidence: "then share 7 of 10 fen");
    }

    [Fact]
    public void ShareConfirmedToTwoUsers_IsContradicted()
    {
        _record.Add(new Win(0, 3, 1, 100));
        AssertDifferent(Check(Recorded), lost: 1, contradicted: 1, evidence: "was confirmed to two users");
    }

    [Fact]
    public void RowOfAnUnansweredGrab_Balances()
    {
        _record.AddOpen(new Request(1, 4));
        var check = Check([.. Recorded, new RecordedShare(1, 4, "load-4", 2, 50)]);
        Assert.True(check.IsBalanced, string.Join('\n', check.Evidence));
        Assert.Equal(1, check.FoundOpen);
    }

    private static void AssertDifferent(
        MoneyCheck check, long lost = 0, long duplicated = 0, long unexpected = 0, long contradicted = 0, string evidence = "")
    {
        Assert.Equal((lost, duplicated, unexpected, contradicted), (check.Lost, check.Duplicated, check.Unexpected, check.Contradicted));
        Assert.False(check.IsBalanced);
        Assert.Contains(check.Evidence, line => line.Contains(evidence, StringComparison.Ordinal));
    }
}
