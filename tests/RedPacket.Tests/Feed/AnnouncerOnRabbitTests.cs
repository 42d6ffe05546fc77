using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RedPacket.Feed;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;
using StackExchange.Redis;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Feed;

/// <summary>Announcements on a real broker: their exchange, and a broker that goes away and comes back.</summary>
[Collection(RabbitTests.Name)]
[Needs("servers")]
public sealed class AnnouncerOnRabbitTests(RabbitFixture rabbit) : IAsyncLifetime
{
    private const string Queue = "follower";
    private const int Unroutable = 9006, Routable = 9007;
    private readonly TestLedger _ledger = new();
    private int _ordinal;

    public async ValueTask InitializeAsync()
    {
        _ = rabbit.ConnectionString;
        await rabbit.DeleteAll();
    }

    public ValueTask DisposeAsync()
    {
        _ledger.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task WithoutASubscriber_ThePositionMoves_AndTheExchangeIsADurableFanOut()
    {
        var log = new LogLines();
        using var host = await Start(log);
        await Record(host, 5);

        await Announced(5);
        Assert.Equal((0, 1), (log.Count(9001), log.Count(Unroutable)));
        // What MassTransit logs for a message that is returned.
        Assert.DoesNotContain("S-FAULT", log.Text, StringComparison.Ordinal);

        var exchanges = await rabbit.Evaluate("""
            [{binary_to_list(Name), Type, Durable} || [{name, {resource, _, _, Name}}, {type, Type}, {durable, Durable}] <-
                rabbit_exchange:info_all(<<"/">>, [name, type, durable]), binary:match(Name, <<"ettled">>) =/= nomatch].
            """);
        Assert.Contains("""{"settled.v1", fanout, true}""", exchanges, StringComparison.Ordinal);
        await host.StopAsync(TestLedger.Stop);
    }

    [Fact]
    public async Task QueueOfASubscriber_GetsEveryTransferInOrder_AlsoWhenTheBrokerWasAway()
    {
        var log = new LogLines();
        using var host = await Start(log);
        await Record(host, 3);
        await Announced(3);
        await Bind();
        await Record(host, 4);
        await Announced(7);
        Assert.Equal((1, 1), (log.Count(Unroutable), log.Count(Routable)));

        // A busy machine may have missed the time limit before.
        var lost = log.Count(9001);
        await rabbit.StopApp();
        await Record(host, 5);
        await Eventually.Holds(() => log.Count(9001) > lost);
        Assert.Equal(7, _ledger.Number("SELECT position FROM announced"));
        await rabbit.StartApp();
        await Announced(12);

        var ids = await Take();
        Assert.Equal(Enumerable.Range(4, 9).Select(id => (long)id), ids.Distinct());
        await Eventually.Holds(() => log.Count(9002) == log.Count(9001));
        await host.StopAsync(TestLedger.Stop);
    }

    // The rooms of a process that only announces, and a journal to record with. It returns with the row of the position.
    private async Task<IHost> Start(LogLines log)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Ledger"] = _ledger.ConnectionString,
            ["ConnectionStrings:RabbitMq"] = rabbit.ConnectionString,
            ["Outbox:SendTimeout"] = "00:00:02",
        });
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(TimeProvider.System);
        // Nothing here is followed, so it is never asked.
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect("127.0.0.1:1,abortConnect=false"));
        builder.Services.AddLedger(builder.Configuration).AddOutbox(builder.Configuration).AddAnnouncer(builder.Configuration);
        var host = builder.Build();
        await host.StartAsync(TestLedger.Stop);
        await Eventually.Holds(() => _ledger.Number("SELECT count(*) FROM announced") == 1);
        return host;
    }

    private async Task Record(IHost host, int transfers)
    {
        List<Entry> entries = [];
        for (var left = transfers; left > 0; left--)
            entries.Add(_ordinal++ == 0 ? Fund(P1, 1_000) : Grab(P1, _ordinal - 1, $"user-{_ordinal - 1}", 3));
        await host.Services.GetRequiredService<Journal>().Enqueue(Live([.. entries]), TestLedger.Stop);
    }

    private Task Announced(long position) => Eventually.Holds(
        () => _ledger.Number("SELECT position FROM announced") == position,
        what: string.Create(CultureInfo.InvariantCulture, $"everything up to {position} is announced"));

    // As a subscriber binds its own queue.
    private async Task Bind()
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(rabbit.ConnectionString) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
        await channel.ExchangeDeclareAsync(TransfersSettled.Exchange, "fanout", durable: true, autoDelete: false);
        await channel.QueueBindAsync(Queue, TransfersSettled.Exchange, "");
    }

    private async Task<List<long>> Take()
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(rabbit.ConnectionString) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        List<long> ids = [];
        while (await channel.BasicGetAsync(Queue, autoAck: true) is { } delivery)
        {
            var message = JsonDocument.Parse(delivery.Body).RootElement.GetProperty("message");
            var transfers = message.GetProperty("transfers").EnumerateArray().Select(each => each.GetProperty("id").GetInt64()).ToList();
            Assert.Equal((transfers[0], transfers[^1]), (message.GetProperty("from").GetInt64(), message.GetProperty("to").GetInt64()));
            ids.AddRange(transfers);
        }
        return ids;
    }
}
