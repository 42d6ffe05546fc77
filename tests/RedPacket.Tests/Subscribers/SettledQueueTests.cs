using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RedPacket.Drills.Run;
using RedPacket.Messages;
using RedPacket.Subscribers;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Subscribers;

/// <summary>The program on RabbitMQ, with a test in place of the announcer, and no feed.</summary>
[Collection(RabbitTests.Name), Needs("servers")]
public sealed class SettledQueueTests(RabbitFixture rabbit) : IAsyncLifetime
{
    private static readonly string[] s_queues = [.. Rooms.All.Select(room => SettledQueues.NameOf(room.Name)).Order()];
    private readonly FakeService _service = new() { Transfers = LedgerStory.Of(60) };
    private readonly RoomPlace _place = RoomPlace.On(null).GetAwaiter().GetResult();

    public async ValueTask InitializeAsync()
    {
        _ = rabbit.ConnectionString;
        await rabbit.DeleteAll();
    }

    public async ValueTask DisposeAsync()
    {
        _place.Dispose();
        _service.Dispose();
        await rabbit.DeleteAll();
    }

    [Fact]
    public async Task Messages_ReachEachRoomByItsQueue_AndThoseOfAnAbsenceWait()
    {
        foreach (var room in Rooms.All)
            _place.Open(room);
        await using var announcer = await Announcer.Start(rabbit.ConnectionString);
        await using (await Start())
        {
            await Eventually.Holds(async () => s_queues.SequenceEqual((await rabbit.Queues()).Keys.Order()));
            await announcer.Publish(_service.Message(1, 20));
            await announcer.Publish(_service.Message(11, 40));
            await AllHave(40);
        }
        await announcer.Publish(_service.Message(41, 50));
        await announcer.Publish(_service.Message(41, 60));
        await Eventually.Holds(async () => (await rabbit.Queues()).Values.All(messages => messages == 2));

        await using var again = await Start();

        await AllHave(60);
        await Eventually.Holds(async () => (await rabbit.Queues()).Values.All(messages => messages == 0));
        // No queue of errors or of skipped messages.
        Assert.Equal(s_queues, (await rabbit.Queues()).Keys.Order());
    }

    [Fact]
    public async Task QueueOfARoomThatIsAway_IsBounded()
    {
        await using (await Start())
            await Eventually.Holds(async () => (await rabbit.Queues()).Count == s_queues.Length);

        var arguments = await rabbit.Evaluate("""
            [{Durable, binary_to_list(Key), Value} ||
                [{durable, Durable}, {arguments, All}] <- rabbit_amqqueue:info_all(<<"/">>, [durable, arguments]), {Key, _, Value} <- All].
            """);

        Assert.Equal(s_queues.Length, arguments.Split($"{{true, \"x-max-length-bytes\", {32 * 1024 * 1024}}}").Length - 1);
    }

    private async Task AllHave(int through)
    {
        var grabs = _service.Transfers.Take(through).Where(transfer => transfer.Kind == EntryName.Grab).ToArray();
        var expected = new GrabSums(grabs.Length, grabs.Sum(grab => grab.AmountFen));
        foreach (var room in Rooms.All)
        {
            var store = _place.Store(room);
            await Eventually.Holds(() => store.Position().Number == through, what: $"{room.Name} has {through} transfers");
            Assert.Equal(expected, store.Sums().Sums);
        }
    }

    // Nothing listens where its service should be, so that only messages bring transfers.
    private async Task<WebApplication> Start()
    {
        var app = SubscribersHost.Build(RoomArguments.Read(
        [
            "--urls=http://127.0.0.1:0", $"--Subscribers:Store={_place.Folder}", "--Subscribers:ServiceUrl=http://127.0.0.1:1",
            $"--ConnectionStrings:RabbitMq={rabbit.ConnectionString}", "--Logging:LogLevel:Default=Critical",
            .. Tokens.Settings.Where(setting => setting.Key.StartsWith("Jwt", StringComparison.Ordinal))
                .Select(setting => $"--{setting.Key}={setting.Value}"),
        ]));
        await app.StartAsync();
        await Connected(app.Services);
        return app;
    }

    // A bus that is stopped before all of it is connected lives on, and would take the next tests' messages.
    private static async Task Connected(IServiceProvider services) => Assert.Equal(BusHealthStatus.Healthy,
        await services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromMinutes(3)));

    /// <summary>Publishes as the role announce does.</summary>
    private sealed class Announcer(IHost host) : IAsyncDisposable
    {
        public static async Task<Announcer> Start(string connectionString)
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddMassTransit(bus =>
            {
                bus.DisableUsageTelemetry();
                bus.UsingRabbitMq((_, broker) => broker.Host(new Uri(connectionString)));
            });
            var host = builder.Build();
            await host.StartAsync();
            await Connected(host.Services);
            return new Announcer(host);
        }

        public Task Publish(TransfersSettled message) => host.Services.GetRequiredService<IBus>().Publish(message);

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
