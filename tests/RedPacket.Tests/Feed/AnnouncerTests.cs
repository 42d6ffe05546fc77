using Microsoft.Extensions.Time.Testing;
using RedPacket.Feed;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Feed;

/// <summary>Every transfer is announced at least once and in order, whichever announcer dies between which steps.</summary>
public abstract partial class AnnouncerTests(SharedPostgres? postgres)
{
    private const int BrokerLost = 9001, BrokerBack = 9002, Taken = 9003, Moved = 9004, Unroutable = 9006, Routable = 9007;
    private const string Position = "SELECT position FROM announced";
    private const string Transactions = "SELECT sum(number) FROM writers";
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private int _ordinal;

    [Fact]
    public async Task EveryTransfer_IsAnnouncedOnceAndInOrder_WithOneSaveARound()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        await Record(announcer.Journal, 2_400);
        var before = ledger.Number(Transactions);

        await announcer.CatchUp();

        Assert.Equal(
            [(1, 1000), (1001, 2000), (2001, 2400)],
            announcer.Broker.Messages.Select(message => (message.From, message.To)));
        Assert.Equal(Numbers(1, 2_400), announcer.Broker.Ids);
        var fund = announcer.Broker.Messages[0].Transfers[0];
        Assert.Equal((EntryName.Fund, P1, 1_000_000, (long?)null), (fund.Kind, fund.PacketId, fund.AmountFen, fund.Ordinal));
        var grab = announcer.Broker.Messages[2].Transfers[^1];
        Assert.Equal((EntryName.Grab, "user-2399", 3, (long?)2399), (grab.Kind, grab.UserId, grab.AmountFen, grab.Ordinal));
        Assert.NotNull(grab.SettledAt);
        // One takes the lease, and one saves. An idle round writes nothing.
        Assert.Equal((2_400, before + 2), (ledger.Number(Position), ledger.Number(Transactions)));
        await announcer.Round();
        Assert.Equal((3, before + 2), (announcer.Broker.Messages.Count, ledger.Number(Transactions)));
    }

    [Fact]
    public async Task LongBacklog_IsSavedInParts()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        await Record(announcer.Journal, 12_000);

        await announcer.Round();

        Assert.Equal((10_000, 2_000), (ledger.Number(Position), announcer.Announcer.Waiting));
        await announcer.CatchUp();
        Assert.Equal(Numbers(1, 12_000), announcer.Broker.Ids);
    }

    [Fact]
    public async Task LedgerWithAHistory_IsAnnouncedFromItsNewestTransferOn()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await Record(announcer.Journal, 5);
        await announcer.CatchUp();
        await Record(announcer.Journal, 2);

        await announcer.CatchUp();

        Assert.Equal(Numbers(6, 7), announcer.Broker.Ids);
    }

    [Fact]
    public async Task KilledBeforeThePublish_TheNextLeavesNothingOut()
    {
        using var ledger = await TestLedger.On(postgres);
        var first = await TestAnnouncer.On(ledger, _clock);
        await first.Round();
        await Record(first.Journal, 5);
        first.Broker.Before = () =>
        {
            first.Die();
            throw new OperationCanceledException("killed");
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(first.Round);

        var next = await AfterTheLease(ledger);

        Assert.Empty(first.Broker.Messages);
        Assert.Equal(Numbers(1, 5), next.Broker.Ids);
    }

    [Fact]
    public async Task KilledBetweenConfirmationAndSave_TheNextRepeatsAndLeavesNothingOut()
    {
        using var ledger = await TestLedger.On(postgres);
        var first = await TestAnnouncer.On(ledger, _clock);
        await first.Round();
        await Record(first.Journal, 5);
        first.Broker.After = () =>
        {
            first.Die();
            return Task.CompletedTask;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(first.Round);

        var next = await AfterTheLease(ledger);

        Assert.Equal(Numbers(1, 5), first.Broker.Ids);
        Assert.Equal(Numbers(1, 5), next.Broker.Ids);
        Assert.Equal(5, ledger.Number(Position));
    }

    [Fact]
    public async Task BrokerAway_ThePositionStays_AndAllIsAnnouncedWhenItIsBack()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        await Record(announcer.Journal, 5);
        announcer.Broker.IsAway = true;
        await announcer.Round();
        await announcer.Round();
        Assert.Equal((0, 5, 1), (ledger.Number(Position), announcer.Announcer.Waiting, announcer.Logged(BrokerLost)));

        announcer.Broker.IsAway = false;
        await announcer.CatchUp();

        Assert.Equal(Numbers(1, 5), announcer.Broker.Ids);
        Assert.Equal((5, 1), (ledger.Number(Position), announcer.Logged(BrokerBack)));
    }

    [Fact]
    public async Task BrokerGoneInTheMiddleOfARound_WhatItConfirmedIsSaved()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        await Record(announcer.Journal, 2_500);
        announcer.Broker.After = () =>
        {
            announcer.Broker.IsAway = announcer.Broker.Messages.Count == 2;
            return Task.CompletedTask;
        };

        await announcer.Round();

        Assert.Equal((2_000, 500), (ledger.Number(Position), announcer.Announcer.Waiting));
    }

    [Fact]
    public async Task NoQueueIsBound_OneTransferIsSent_AndNoneIsLeftOutOnceOneIs()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        announcer.Broker.IsUnbound = true;
        await announcer.Round();
        await Record(announcer.Journal, 3_000);
        await announcer.Round();
        await Record(announcer.Journal, 3_000);
        await announcer.Round();
        Assert.Equal((6_000, 0), (ledger.Number(Position), announcer.Announcer.Waiting));
        Assert.Equal([(1, 1000), (3001, 3001)], announcer.Broker.Messages.Select(message => (message.From, message.To)));

        announcer.Broker.IsUnbound = false;
        await Record(announcer.Journal, 3_000);
        await announcer.CatchUp();

        Assert.Equal(Numbers(6_001, 9_000), announcer.Broker.Ids.Where(id => id > 6_000));
        Assert.Equal((9_000, 1, 1), (ledger.Number(Position), announcer.Logged(Unroutable), announcer.Logged(Routable)));
    }

    [Fact]
    public async Task NoQueueIsBound_TheNextMessageIsSentASecondLater()
    {
        using var ledger = await TestLedger.On(postgres);
        var announcer = await TestAnnouncer.On(ledger, _clock);
        await announcer.Round();
        announcer.Broker.IsUnbound = true;
        await Record(announcer.Journal, 2);
        await announcer.Announcer.StartAsync(TestLedger.Stop);
        await Eventually.Holds(() => ledger.Number(Position) == 2);
        await Record(announcer.Journal, 2);

        _clock.Advance(TimeSpan.FromMilliseconds(900));
        await Eventually.Never(() => announcer.Broker.Messages.Count > 1, TimeSpan.FromMilliseconds(300));
        await Eventually.Holds(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return announcer.Broker.Messages.Count == 2;
        });

        await announcer.Announcer.StopAsync(TestLedger.Stop);
    }

    // A process that starts when the lease of the dead one is over.
    private async Task<TestAnnouncer> AfterTheLease(TestLedger ledger)
    {
        var next = await TestAnnouncer.On(ledger, _clock);
        await next.Round();
        Assert.Empty(next.Broker.Messages);
        _clock.Advance(Announcer.Term);
        await next.CatchUp();
        return next;
    }

    private static IEnumerable<long> Numbers(int first, int last) => Enumerable.Range(first, last - first + 1).Select(id => (long)id);

    // Grabs of 3 fen of one packet; before the first comes its fund.
    private async Task Record(Journal journal, int transfers)
    {
        List<Entry> entries = [];
        for (var left = transfers; left > 0; left--)
            entries.Add(_ordinal++ == 0 ? Fund(P1, 1_000_000) : Grab(P1, _ordinal - 1, $"user-{_ordinal - 1}", 3));
        var outcomes = await journal.Enqueue(Live([.. entries]), TestLedger.Stop);
        Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
    }
}

public sealed class AnnouncerOnSqliteTests() : AnnouncerTests(null);

[Needs("servers")]
public sealed class AnnouncerOnPostgresTests(SharedPostgres postgres) : AnnouncerTests(postgres);
