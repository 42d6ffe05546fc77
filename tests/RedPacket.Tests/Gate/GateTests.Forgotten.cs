using Microsoft.EntityFrameworkCore;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

// Shares that neither side remembers: their fen do not stay in the packet.
public abstract partial class GateTests
{
    [Fact]
    public async Task HolesAfterALoss_AreNeverGrantedAgain_AndAreRefundedAtExpiry()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packet = await service.Send(1000, 4);
        await GrabAll(service, packet, 3);
        await service.Settles();
        await ForgetSecondShare(service);
        var fourth = await service.Grabs.Grab(0, packet, "fourth");
        Assert.Equal((GrabStatus.Won, 4), (fourth.Status, fourth.Ordinal));
        Assert.Equal(GrabStatus.Emptied, (await service.Grabs.Grab(0, packet, "fifth")).Status);
        await service.Expires(packet);
        Assert.True((await service.Packets.Find(packet))!.RefundFen > 0);
        await service.Settles();
    }

    [Fact]
    public async Task ShareForgottenAfterTheRefund_GoesBackToTheSenderByASecondRefund()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packet = await service.Send(1000, 4);
        var won = await GrabAll(service, packet, 3);
        await service.Expires(packet);
        var before = (await service.Packets.Find(packet))!;
        await service.Settles();
        await ForgetSecondShare(service);

        var after = (await service.Packets.Find(packet))!;
        Assert.Equal([before.RefundFen, won[1].AmountFen], after.Refunds);
        Assert.Equal(("expired", 0), (after.State, after.LeftFen));
        var report = await service.Settles();
        Assert.Equal(before.RefundFen + won[1].AmountFen, report.Money.RefundedFen);
        await using var db = await service.OpenLedger();
        var refunds = await db.Transfers
            .Where(t => t.Kind == EntryKind.Refund)
            .OrderBy(t => t.Ordinal)
            .Select(t => t.AmountFen)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(after.Refunds, refunds);

        // The packet can yield it again, and the ledger the packet: nothing goes back a second time.
        Assert.Equal(["r", "r1"], await service.Packets.PutBack(packet, ["r", "r1", "r2"]));
        var whole = await Whole([packet]);
        await redis.Flush();
        await service.Opens();
        Assert.Equal(whole, await Whole([packet]));
        await service.Settles();
    }

    [Fact]
    public async Task ListOfSharesThatRedisLost_ComesBack()
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 4);
        await service.Settles();
        var shares = await redis.Database.StringGetDeleteAsync(PacketKeys.Shares(0, packet));
        await CloseGate();
        await service.Opens();

        Assert.Equal(shares, await redis.Database.StringGetAsync(PacketKeys.Shares(0, packet)));
    }

    [Fact]
    public async Task LostPacketWhoseSplitKeyIsMissing_GrantsNothingMore_AnswersItsWinners_AndRefundsItsRest()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packet = await service.Send(1000, 4);
        var won = await service.Grabs.Grab(0, packet, "winner");
        await service.Settles();
        // As if a process with another key had sent it.
        await service.Of<Journal>().Execute(
            transaction => transaction.Execute(
                "UPDATE packets SET terms = replace(terms, '000000000000002a', '00000000.000000000000002a')"),
            TestContext.Current.CancellationToken);

        await redis.Flush();
        await service.Opens();
        Assert.Equal(GrabStatus.Damaged, (await service.Grabs.Grab(0, packet, "late")).Status);
        Assert.Equal(won with { Status = GrabStatus.Again }, await service.Grabs.Grab(0, packet, "winner"));
        await service.Expires(packet);
        Assert.Equal(1000 - won.AmountFen, (await service.Packets.Find(packet))!.RefundFen);
    }

    // The ledger loses sight of ordinal 2, and Redis of all: what a loss of the last second leaves when later entries
    // had got through.
    private async Task ForgetSecondShare(Service service)
    {
        await service.Of<Journal>().Execute(transaction =>
        {
            transaction.Execute("UPDATE accounts SET credits = 0 WHERE code = 'wallet:user2'");
            transaction.Execute("""
                UPDATE accounts SET debits = debits - (SELECT amount_fen FROM transfers WHERE kind = 2 AND ordinal = 2)
                WHERE kind = 2
                """);
            transaction.Execute("DELETE FROM transfers WHERE kind = 2 AND ordinal = 2");
        }, TestContext.Current.CancellationToken);
        await redis.Flush();
        await service.Opens();
    }
}
