using RedPacket.Messages;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Outbox;

/// <summary>
/// The way from outbox to ledger over RabbitMQ, and what happens when the broker forgets, goes away or hangs.
/// </summary>
[Collection(RabbitTests.Name)]
[Needs("servers")]
public sealed class RelayOnRabbitTests(RabbitFixture rabbit, RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly string[] s_impatient = ["Outbox:ResendAfter=00:00:01", "Outbox:ChunkSize=10"];
    private readonly TestLedger _ledger = new();

    public async ValueTask InitializeAsync()
    {
        _ = rabbit.ConnectionString;
        await redis.Flush();
        await rabbit.DeleteAll();
    }

    public ValueTask DisposeAsync()
    {
        _ledger.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task RelayComesFirst_DeclaresTheQueuesAsSettlementWould()
    {
        var book = new OutboxBook(redis.Database);
        await using var relay = await Start(settle: false, settings: QueueHost.NeverResends);
        await book.Fund();
        await book.Grabs(2500);
        await book.Grabs(5, slow: true);
        await Eventually.Holds(async () => await rabbit.Queues() is var queues && queues[Lanes.Live] >= 3 && queues[Lanes.Slow] == 1);

        await using var settlement = await Start(relay: false);

        await settlement.Settles(book);
        Assert.Equal(0, relay.Resends);
        Assert.Equal([Lanes.Live, Lanes.Slow], (await rabbit.Queues()).Keys.Order());
    }

    [Fact]
    public async Task QueuePurged_EverythingIsSentAgainAndSettled()
    {
        var book = new OutboxBook(redis.Database);
        await using var relay = await Start(settle: false, settings: s_impatient);
        await book.Fund();
        await book.Grabs(100);
        await Eventually.Holds(() => relay.Relay.Shards.SingleOrDefault()?.Entries == 101);
        await Eventually.Holds(async () => await Waiting() >= 10);
        await rabbit.Purge(Lanes.Live);

        await using var settlement = await Start(relay: false);

        await settlement.Settles(book);
        await Eventually.Holds(() => relay.Resends >= 5);
    }

    [Fact]
    public async Task QueueDeletedWhileNobodyConsumes_IsDeclaredAgainAndNothingIsLost()
    {
        var book = new OutboxBook(redis.Database);
        await using var relay = await Start(settle: false, settings: s_impatient);
        await book.Fund();
        await Eventually.Holds(async () => await Waiting() >= 1);
        await rabbit.Delete(Lanes.Live);
        await book.Grabs(20);
        await Eventually.Holds(async () => (await rabbit.Queues()).GetValueOrDefault(Lanes.Live) >= 2);

        await using var settlement = await Start(relay: false);

        await settlement.Settles(book);
        Assert.NotEqual(0, relay.Log.Count(3001));
    }

    [Fact]
    public async Task BrokerStoppedAndStarted_AllSettles()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start(settings: [.. s_impatient, "Outbox:SendTimeout=00:00:02"]);
        await book.Fund();
        await host.Settles(book);

        await rabbit.StopApp();
        await book.Grabs(200);
        await Eventually.Holds(() => host.Relay.BrokerUp == false);
        await book.Grabs(200);
        await rabbit.StartApp();

        await host.Settles(book);
        await Eventually.Holds(() => host.Relay.BrokerUp == true);
    }

    [Fact]
    public async Task BrokerAwayAtTheStart_AllSettlesWhenItComes()
    {
        var book = new OutboxBook(redis.Database);
        await book.Fund();
        await rabbit.StopApp();
        await using var host = await Start();
        await Eventually.Holds(() => host.Relay.BrokerUp == false);

        await rabbit.StartApp();

        await host.Settles(book);
    }

    // On a port where no broker will ever be: a bus that is stopped before it could connect goes on trying until its
    // process ends.
    [Fact]
    public async Task BrokerAway_NeitherStartNorStopWaitsForIt()
    {
        await new OutboxBook(redis.Database).Fund();
        var start = QueueHost.Start(redis, _ledger, rabbit: $"amqp://127.0.0.1:{Ports.Free()}/");
        await Eventually.Holds(() => start.IsCompletedSuccessfully);
        var host = await start;
        await Eventually.Holds(() => host.Relay.BrokerUp == false);

        var stop = host.DisposeAsync().AsTask();

        await Eventually.Holds(() => stop.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task QueueHoldsMessagesAtTheStart_NothingIsSentAgainUntilItMoves()
    {
        var book = new OutboxBook(redis.Database);
        string[] settings = ["Outbox:ChunkSize=10", .. QueueHost.NeverResends];
        await using (var first = await Start(settle: false, settings: settings))
        {
            await book.Fund();
            await book.Grabs(59);
            // An entry is outstanding from the begin of its send. A relay that stops then may never finish it.
            await Eventually.Holds(
                async () => first.Relay.Shards.SingleOrDefault() is { Entries: 60 } shard && await Waiting() == shard.Chunks);
        }
        var waiting = await Waiting();

        await using var second = await Start(settle: false, settings: settings);
        await Eventually.Holds(() => second.Relay.Shards.SingleOrDefault() is { Working: true, Entries: 60 });
        // Messages go in order: what was sent again would come before the new one.
        await book.Grabs(1);
        Assert.Equal(waiting + 1, await Eventually.Yields(Waiting, count => count > waiting));
        await using var settlement = await Start(relay: false);

        await settlement.Settles(book);
        Assert.Equal(0, second.Resends);
    }

    [Fact]
    public async Task TwoRelaysAndTwoSettlements_EachEntryIsInTheLedgerOnce()
    {
        var book = new OutboxBook(redis.Database);
        await using var first = await Start(settings: "Outbox:Lease=false");
        await using var second = await Start(settings: "Outbox:Lease=false");
        await book.Fund();
        for (var burst = 0; burst < 20; burst++)
            await book.Grabs(200);

        await first.Settles(book);
        Assert.Equal(0, await first.Parked());
    }

    private Task<QueueHost> Start(bool relay = true, bool settle = true, params string[] settings) =>
        QueueHost.Start(redis, _ledger, relay, settle, rabbit.ConnectionString, settings);

    private async Task<long> Waiting() => (await rabbit.Queues()).Values.Sum();
}
