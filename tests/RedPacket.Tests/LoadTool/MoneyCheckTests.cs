using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.Tests.LoadTool;

/// <summary>The record of what was answered against what was booked: every way in which they can differ is named.</summary>
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

    private static RecordedShare[] Booked =>
        [new RecordedShare(0, 1, "load-1", 1, 100), new RecordedShare(0, 2, "load-2", 2, 200), new RecordedShare(1, 1, "load-1", 1, 300)];

    private MoneyCheck Check(params RecordedShare[] booked) => MoneyCheck.Of(_record, booked, "ledger", _packets, _callers);

    [Fact]
    public void SameOnBothSides_Balances()
    {
        // Asked again counts once.
        _record.Add(new Win(0, 1, 1, 100));
        var check = Check(Booked);
        Assert.True(check.IsBalanced, string.Join('\n', check.Evidence));
        Assert.Equal((3, 600, 3, 600, 3), (check.Won, check.WonFen, check.Booked, check.BookedFen, check.Kept));
    }

    [Fact]
    public void RowMissing_IsLost() => AssertWrong(Check(Booked[..2]), lost: 1, evidence: "told, and not in the ledger: packet 0-b, user load-1, share 1, 300 fen");

    [Fact]
    public void RowWithAnotherAmount_IsLost() => AssertWrong(Check([.. Booked[..2], Booked[2] with { Fen = 301 }]), lost: 1, evidence: "told share 1 of 300 fen, in the ledger");

    [Fact]
    public void RowOfAnotherUser_IsLostAndUnexpected() => AssertWrong(Check([.. Booked[..2], Booked[2] with { User = 5, UserId = "load-5" }]), lost: 1, unexpected: 1, evidence: "told to nobody");

    [Fact]
    public void RowOfAStranger_IsUnexpected() => AssertWrong(Check([.. Booked, new RecordedShare(1, -1, "eve", 2, 50)]), unexpected: 1, evidence: "eve");

    [Fact]
    public void RowTwice_IsDuplicated() => AssertWrong(Check([.. Booked, Booked[0]]), duplicated: 1, evidence: "in the ledger twice: packet 0-a, user load-1");

    [Fact]
    public void UserWithTwoShares_IsDuplicated() => AssertWrong(Check([.. Booked, new RecordedShare(0, 1, "load-1", 3, 70)]), duplicated: 1, evidence: "twice");

    [Fact]
    public void ShareOfTwoUsers_IsDuplicated() => AssertWrong(Check([.. Booked, new RecordedShare(0, 3, "load-3", 1, 100)]), duplicated: 1, evidence: "twice");

    [Fact]
    public void UserToldOfTwoShares_IsContradicted()
    {
        _record.Add(new Win(0, 1, 7, 10));
        AssertWrong(Check(Booked), contradicted: 1, evidence: "then share 7 of 10 fen");
    }

    [Fact]
    public void ShareToldToTwoUsers_IsContradicted()
    {
        _record.Add(new Win(0, 3, 1, 100));
        AssertWrong(Check(Booked), lost: 1, contradicted: 1, evidence: "was told to two users");
    }

    [Fact]
    public void RowOfACallWithoutAnswer_IsNoHarm()
    {
        _record.AddOpen(new Request(1, 4));
        var check = Check([.. Booked, new RecordedShare(1, 4, "load-4", 2, 50)]);
        Assert.True(check.IsBalanced, string.Join('\n', check.Evidence));
        Assert.Equal(1, check.FoundOpen);
    }

    private static void AssertWrong(MoneyCheck check, long lost = 0, long duplicated = 0, long unexpected = 0, long contradicted = 0, string evidence = "")
    {
        Assert.Equal((lost, duplicated, unexpected, contradicted), (check.Lost, check.Duplicated, check.Unexpected, check.Contradicted));
        Assert.False(check.IsBalanced);
        Assert.Contains(check.Evidence, line => line.Contains(evidence, StringComparison.Ordinal));
    }
}
