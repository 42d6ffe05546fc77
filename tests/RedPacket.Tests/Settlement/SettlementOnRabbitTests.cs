using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

/// <summary>
/// Settlement on RabbitMQ: it never publishes, an alarm does not stop it, and what it has not done goes back.
/// </summary>
[Needs("servers")]
public abstract class SettlementOnRabbitTests(RabbitFixture rabbit, RedisFixture redis, SharedPostgres? postgres)
    : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly string[] s_impatient = ["Outbox:ResendAfter=00:00:01", "Outbox:ChunkSize=10"];
    private TestLedger _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        _ = rabbit.ConnectionString;
        _ledger = await TestLedger.On(postgres);
        await redis.Flush();
        await rabbit.DeleteAll();
    }

    public ValueTask DisposeAsync()
    {
        _ledger?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task SettlementStoppedWhileTheLedgerIsAway_ItsMessagesGoBackToTheQueue()
    {
        var book = new OutboxBook(redis.Database);
        await using var relay = await Start(settle: false, settings: ["Outbox:ChunkSize=10", .. QueueHost.NeverResends]);
        var first = await Start(relay: false);
        await book.Fund();
        await first.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(60);
            await Eventually.Holds(() => relay.Relay.Shards.Single().Entries == 60);
            await Eventually.Holds(() => first.Services.GetRequiredService<Journal>().State is { Up: false, WaitingChunks: 6 });
            var stop = first.Stop();
            await Eventually.Holds(() => stop.IsCompletedSuccessfully);
        }
        await first.DisposeAsync();
        // The broker gives them back when it has noticed that the connection is closed.
        await Eventually.Holds(async () => await Waiting() == 6);

        await using var second = await Start(relay: false);

        await second.Settles(book);
        Assert.Equal(0, relay.Resends);
    }

    [Fact]
    public async Task LedgerAwayForLong_SettlementHoldsATransactionAndAHalf_AndTheOtherMessagesStayInTheQueue()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start(settings: ["Outbox:ChunkSize=1", .. QueueHost.NeverResends]);
        await book.Fund();
        await host.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(120);
            var (journal, sender) = (host.Services.GetRequiredService<Journal>(), host.Services.GetRequiredService<RelaySender>());
            int Held() => journal.State.WaitingChunks;
            await Eventually.Holds(async () => Held() is > 0 and var held && held + await sender.Prepare(CancellationToken.None) == 120);

            Assert.Equal(75, Held());
        }

        await host.Settles(book);
        Assert.Equal(0, host.Resends);
    }

    [Fact]
    public async Task BrokerInAlarm_SettlementGoesOnAndWhatIsNotConfirmedCountsAsSent()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start(settings: [.. s_impatient, "Outbox:SendTimeout=00:00:01"]);
        await book.Fund();
        await host.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(50);
            await Eventually.Holds(() => host.Relay.Shards.Single().Entries == 50);
            await rabbit.Evaluate("ok = vm_memory_monitor:set_vm_memory_high_watermark({absolute, \"1\"}).");
            await book.Grabs(10);
            await Eventually.Holds(() => host.Relay is { BrokerUp: false } relay && relay.Shards.Single().Entries == 60);
        }
        try
        {
            await Eventually.Holds(async () => await host.Transfers() == 51);
        }
        finally
        {
            await rabbit.Evaluate("ok = vm_memory_monitor:set_vm_memory_high_watermark({absolute, \"512MB\"}).");
        }

        await host.Settles(book);
    }

    [Fact]
    public async Task QueuesDeletedUnderTheConsumers_SettlementComesBack()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start(settings: s_impatient);
        await book.Fund();
        await host.Settles(book);
        await rabbit.Delete(Lanes.Live);
        await rabbit.Delete(Lanes.Slow);

        await book.Grabs(100);

        await host.Settles(book);
    }

    [Fact]
    public async Task MessageThatIsNoChunk_IsDiscardedWithoutAnErrorQueue()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start();
        await book.Fund();
        await host.Settles(book);

        await Publish("this is not JSON"u8.ToArray());
        await Publish("""{"messageType":["urn:message:Other:Thing"],"message":{"a":1}}"""u8.ToArray());
        await Publish("""
            {
              "messageType": ["urn:message:RedPacket.Messages:TransfersAccepted"],
              "message": {"shard": 0, "seqs": [2, 4], "entries": ["x"], "publishedAt": "2026-01-01T00:00:00Z"}
            }
            """u8.ToArray());

        await Eventually.Holds(() => host.Log.Count(4001) == 1);
        await Eventually.Holds(async () => await Waiting() == 0);
        Assert.Equal([Lanes.Live, Lanes.Slow], (await rabbit.Queues()).Keys.Order());
        await book.Grabs(10);
        await host.Settles(book);
    }

    [Fact]
    public async Task MessageThatNobodySigned_ChangesNothing_AndIsKeptApart()
    {
        var book = new OutboxBook(redis.Database);
        await using var host = await Start(relay: false);
        await book.Fund();
        await Eventually.Holds(async () => (await rabbit.Queues()).ContainsKey(Lanes.Live));
        var fund = (await redis.Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(0))).Single();
        var forged = fund.Element.ToString().Replace(" 10000000 ", " 20000000 ", StringComparison.Ordinal);

        await Publish(JsonSerializer.SerializeToUtf8Bytes(new
        {
            messageType = new[] { "urn:message:RedPacket.Messages:TransfersAccepted" },
            message = new { shard = 0, seqs = new[] { fund.Score }, entries = new[] { forged }, publishedAt = "2026-01-01T00:00:00Z" },
        }));

        await Eventually.Holds(async () => (await rabbit.Queues()).GetValueOrDefault(Lanes.Unverified) == 1);
        Assert.Equal((1, 0, 0), (host.Log.Count(4007), await host.Transfers(), await host.Parked()));
        Assert.Equal(1, await book.Left());
        await rabbit.Delete(Lanes.Unverified);
    }

    [Fact]
    public async Task MessageOfAnotherKey_IsSettledWhenItIsMovedBack_AndTheKeyIsKnown()
    {
        var book = new OutboxBook(redis.Database);
        string[] other = ["Outbox:SigningKeys:0=text:another-key-0123456789-abcdefghijklmnopqr"];
        await book.Fund();
        await using (await Start(settle: false, settings: other))
            await Eventually.Holds(async () => (await rabbit.Queues()).GetValueOrDefault(Lanes.Live) > 0);
        await using (await Start(relay: false))
            await Eventually.Holds(async () => (await rabbit.Queues()).GetValueOrDefault(Lanes.Unverified) > 0);

        await using var host = await Start(relay: false, settings: [.. other, $"Outbox:SigningKeys:1={QueueHost.SigningKey}"]);
        await MoveBack();

        await Eventually.Holds(async () => await host.Transfers() == 1);
        await Eventually.Holds(async () => await book.Left() == 0);
        await rabbit.Delete(Lanes.Unverified);
    }

    private async Task MoveBack()
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(rabbit.ConnectionString) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        while (await channel.BasicGetAsync(Lanes.Unverified, autoAck: true) is { } message)
            await channel.BasicPublishAsync("", Lanes.Slow, mandatory: true, new BasicProperties(message.BasicProperties), message.Body);
    }

    private Task<QueueHost> Start(bool relay = true, bool settle = true, params string[] settings) =>
        QueueHost.Start(redis, _ledger, relay, settle, rabbit.ConnectionString, settings);

    private async Task<long> Waiting() => (await rabbit.Queues()).Values.Sum();

    private async Task Publish(byte[] body)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(rabbit.ConnectionString) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json" };
        await channel.BasicPublishAsync("", Lanes.Live, mandatory: true, properties, body);
    }
}

[Collection(RabbitTests.Name)]
public sealed class SettlementOnRabbitAndSqliteTests(RabbitFixture rabbit, RedisFixture redis)
    : SettlementOnRabbitTests(rabbit, redis, null);

[Collection(RabbitTests.Name)]
public sealed class SettlementOnRabbitAndPostgresTests(RabbitFixture rabbit, RedisFixture redis, SharedPostgres postgres)
    : SettlementOnRabbitTests(rabbit, redis, postgres);
