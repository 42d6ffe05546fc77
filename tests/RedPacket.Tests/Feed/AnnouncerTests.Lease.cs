using RedPacket.Feed;
using RedPacket.Tests.Ledger;

namespace RedPacket.Tests.Feed;

/// <summary>Several announcers of one ledger, and a ledger that went back.</summary>
public abstract partial class AnnouncerTests
{
    [Fact]
    public async Task WhileOneHoldsTheLease_AnotherAnnouncesNothing_UntilTheHolderIsDead()
    {
        using var ledger = await TestLedger.On(postgres);
        var (first, second) = (await TestAnnouncer.On(ledger, _clock), await TestAnnouncer.On(ledger, _clock));
        await first.Round();
        await Record(first.Journal, 5);
        await first.CatchUp();
        await Record(first.Journal, 5);

        await second.Round();
        Assert.Equal((0, null), (second.Broker.Messages.Count, second.Announcer.Waiting));
        first.Die();
        _clock.Advance(Announcer.Term);
        await second.CatchUp();

        Assert.Equal(Numbers(1, 5), first.Broker.Ids);
        Assert.Equal(Numbers(6, 10), second.Broker.Ids);
        Assert.Equal((1, 1), (first.Logged(Taken), second.Logged(Taken)));
    }

    [Fact]
    public async Task HolderThatWakesAfterItsLease_RepeatsAndMovesNothingBack()
    {
        using var ledger = await TestLedger.On(postgres);
        var (first, second) = (await TestAnnouncer.On(ledger, _clock), await TestAnnouncer.On(ledger, _clock));
        await first.Round();
        await Record(first.Journal, 1_500);
        first.Broker.Before = async () =>
        {
            first.Broker.Before = () => Task.CompletedTask;
            _clock.Advance(Announcer.Term);
            await second.CatchUp();
            await Record(second.Journal, 10);
            await second.CatchUp();
        };

        await first.Round();

        Assert.Equal(Numbers(1, 1_500), first.Broker.Ids.Take(1_500));
        Assert.Equal(Numbers(1, 1_510), second.Broker.Ids);
        Assert.Equal((1_510, 1), (ledger.Number(Position), first.Logged(Moved)));
        _clock.Advance(Announcer.Term);
        await Record(first.Journal, 1);
        await first.CatchUp();
        Assert.Equal(1_511, first.Broker.Ids.Last());
    }

    [Fact]
    public async Task TwoAtWork_WhileOthersAreRecorded_LeaveNothingOut()
    {
        using var ledger = await TestLedger.On(postgres);
        var (first, second) = (await TestAnnouncer.On(ledger), await TestAnnouncer.On(ledger));
        await first.Round();
        await Task.WhenAll(first.Announcer.StartAsync(TestLedger.Stop), second.Announcer.StartAsync(TestLedger.Stop));
        for (var burst = 0; burst < 20; burst++)
            await Record(first.Journal, 50);

        await Eventually.Holds(() => ledger.Number(Position) == 1_000);
        await Task.WhenAll(first.Announcer.StopAsync(TestLedger.Stop), second.Announcer.StopAsync(TestLedger.Stop));

        Assert.Equal(Numbers(1, 1_000), first.Broker.Ids.Union(second.Broker.Ids).Order());
        Assert.All([first, second], one => Assert.Equal(one.Broker.Ids.Order(), one.Broker.Ids));
    }

    [Fact]
    public async Task RestoredLedger_IsAnnouncedFromItsOwnPosition()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        await Record(announcer.Journal, 5);
        await announcer.CatchUp();
        LedgerBackup backup = new(ledger);
        await Record(announcer.Journal, 5);
        await announcer.CatchUp();

        backup.RestoreInPlace();
        await Record(announcer.Journal, 2);
        await Eventually.Holds(async () =>
        {
            await announcer.Round();
            return announcer.Announcer.Waiting == 0;
        });

        // The journal may refuse the first save, and then they come twice.
        Assert.Equal(Numbers(1, 10), announcer.Broker.Ids.Take(10));
        Assert.Equal(Numbers(6, 7), announcer.Broker.Ids.Skip(10).Distinct());
        Assert.Equal(7, ledger.Number(Position));
    }
}
