using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Packets;

namespace RedPacket.Tests.Gate;

/// <summary>
/// The record of a packet after Redis has lost some of it. A packet of 100 fen for four users, created at 1,000 ms.
/// </summary>
public sealed class RebuiltPacketTests
{
    private const string Id = "0-019b0c6e4a507c6d9f1a2b3c4d5e6f70";
    private static readonly PacketTerms s_terms = new("sender", "equal", 4, "hi", 60, "equal", "00000000000000ff", "key");
    private static readonly PacketOrigin s_origin = new(100, 1_000, s_terms.ToJson(), s_terms);

    private static RebuiltPacket Rebuild(int claims, StoredPacket? stored = null, params LedgerEntry[] refunded)
    {
        var sums = new ClaimSums();
        for (var ordinal = 1; ordinal <= claims; ordinal++)
            sums.Add(ordinal, $"user{ordinal}", 25, 2_000 + ordinal);
        return RebuiltPacket.From(Id, stored, s_origin, sums, claims, refunded);
    }

    private static StoredPacket Stored(string state, long? closedAt, params long[] refunds) =>
        new(Id, 0, s_origin.Terms, "sender", 100, 4, 1_000, 61_000, state, closedAt, 3, 50, 0, refunds);

    private static LedgerEntry Refund(int ordinal, long fen) => new(ordinal, "sender", fen, 70_000 + ordinal, 9, 9);

    [Fact]
    public void SomeClaims_PacketIsOpenWithTheRest()
    {
        var packet = Rebuild(claims: 2);

        Assert.Equal(("open", 50, 3, null), (packet.Packet.State, packet.Packet.LeftFen, packet.Packet.Next, packet.Packet.ClosedAt));
        Assert.Equal("61000", packet.Score);
        Assert.DoesNotContain(packet.Fields, field => field.Item1 is PacketFields.Closed or PacketFields.Refunds);
    }

    [Fact]
    public void BestShare_IsTheFirstOfTheLargestClaims()
    {
        var claims = new ClaimSums();
        foreach (var (ordinal, fen) in new[] { (4, 30), (1, 10), (3, 30), (2, 20) })
            claims.Add(ordinal, $"user{ordinal}", fen, 2_000);
        var packet = RebuiltPacket.From(Id, stored: null, s_origin, claims, last: 4, []);

        Assert.Contains((PacketFields.Best, "30 3 user3"), packet.Fields);
        Assert.DoesNotContain(Rebuild(claims: 0).Fields, field => field.Item1 == PacketFields.Best);
    }

    [Fact]
    public void AllClaims_PacketIsEmptiedAtItsLastClaim()
    {
        var packet = Rebuild(claims: 4);

        Assert.Equal(("emptied", 0, 2_004), (packet.Packet.State, packet.Packet.LeftFen, packet.Packet.ClosedAt));
        Assert.Equal("-2004", packet.Score);
    }

    [Fact]
    public void RefundOnlyInTheLedger_PacketIsExpiredAtTheRefund()
    {
        var packet = Rebuild(claims: 3, stored: null, Refund(0, 25));

        Assert.Equal(("expired", 0, 70_000), (packet.Packet.State, packet.Packet.LeftFen, packet.Packet.ClosedAt));
        Assert.Equal([25], packet.Packet.Refunds);
    }

    [Fact]
    public void SharesThatBothSidesForgot_AreRefundedBesideTheKnownRefund()
    {
        var packet = Rebuild(claims: 2, Stored("expired", 61_500, 25), Refund(0, 25));

        Assert.Equal(("expired", 0, 61_500), (packet.Packet.State, packet.Packet.LeftFen, packet.Packet.ClosedAt));
        Assert.Equal([25, 25], packet.Packet.Refunds);
        Assert.Contains((PacketFields.Refunds, "25 25"), packet.Fields);
    }

    [Fact]
    public void ALaterRefundInTheLedger_KeepsItsOrdinal()
    {
        var packet = Rebuild(claims: 3, Stored("expired", 61_500), Refund(2, 10));

        Assert.Equal([0, 0, 10, 15], packet.Packet.Refunds);
        Assert.Null(packet.Packet.RefundLine(0));
    }

    [Fact]
    public void ClaimsAndRefundsExceedTheAmount_LeftIsNegative() =>
        Assert.Equal(-25, Rebuild(claims: 4, stored: null, Refund(0, 25)).Packet.LeftFen);
}
