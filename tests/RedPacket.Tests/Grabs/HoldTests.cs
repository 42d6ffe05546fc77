using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Drills.Run;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Grabs;

/// <summary>A call that Redis has not executed waits for a shard that is away for a moment (PROTOCOL 4.9).</summary>
[Needs("servers")]
public sealed class HoldTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string ForLong = "--Grabs:HoldFor=00:00:30";

    [Fact]
    public async Task GateThatShutsAndOpens_RefusesNobody_AndKeepsTheOrder()
    {
        await using var service = await Service.Start(redis, null, ForLong, "--Grabs:Loops=1", "--Grabs:PerCall=1");
        var packet = await service.Send(1000, 20);

        await redis.ChangeReplicationId();
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 20).Select(user => service.Grabs.Grab(0, packet, $"user{user}")).ToList());

        Assert.All(outcomes, outcome => Assert.Equal(GrabStatus.Won, outcome.Status));
        Assert.Equal(Enumerable.Range(1, 20), outcomes.Select(outcome => outcome.Ordinal));
    }

    [Fact]
    public async Task RedisThatRestarts_RefusesNobodyWhoAskedMeanwhile()
    {
        await using var service = await Service.Start(redis, null, ForLong);
        var packet = await service.Send(1000, 20);

        await redis.Kill();
        await Eventually.Holds(() => !service.Of<IConnectionMultiplexer>().IsConnected, what: "the client sees the loss");
        var grabs = Enumerable.Range(1, 20).Select(user => service.Grabs.Grab(0, packet, $"user{user}")).ToList();
        var send = service.Send(1000, 1);
        await redis.Start();

        Assert.All(await Task.WhenAll(grabs), outcome => Assert.Equal(GrabStatus.Won, outcome.Status));
        Assert.NotNull(await send);
    }

    [Fact]
    public async Task RedisThatRestarts_RefusesNoSend_AndNoGrab_OverHttp()
    {
        await using var service = await Service.Start(redis, null, ForLong, "--Packets:Shards=2");
        await service.Opens(shard: 1);
        var packet = await service.Send(1000, 20);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(new Tokens().Bearer("alice"));
        client.DefaultRequestHeaders.Add("Idempotency-Key", "one");

        await redis.Kill();
        await Eventually.Holds(() => !service.Of<IConnectionMultiplexer>().IsConnected, what: "the client sees the loss");
        using var body = new StringContent("""{"kind":"lucky","amountFen":100,"count":2}""", Encoding.UTF8, "application/json");
        var send = client.PostAsync(new Uri("/api/v1/packets", UriKind.Relative), body, TestContext.Current.CancellationToken);
        var grab = client.PostAsync(
            new Uri($"/api/v1/packets/{packet}/grabs", UriKind.Relative), null, TestContext.Current.CancellationToken);
        await redis.Start();

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), ((await send).StatusCode, (await grab).StatusCode));
    }

    [Fact]
    public async Task ShardThatStaysAway_IsRefused_FirstAfterTheHold_ThenImmediately()
    {
        await using var service = await Service.Start(redis, null, "--Grabs:HoldFor=00:00:00.2");
        var packet = await service.Send(1000, 20);

        await redis.Kill();
        await Eventually.Holds(() => !service.Of<IConnectionMultiplexer>().IsConnected, what: "the client sees the loss");
        await Refused(Outage.Store);
        await Refused(Outage.Store);
        await redis.Start();
        await Eventually.Holds(async () =>
        {
            try
            {
                return (await service.Grabs.Grab(0, packet, "user")).Status is GrabStatus.Won or GrabStatus.Again;
            }
            catch (OutageException)
            {
                return false;
            }
        });

        async Task Refused(Outage outage) =>
            Assert.Equal(outage, (await Assert.ThrowsAsync<OutageException>(() => service.Grabs.Grab(0, packet, "user"))).Outage);
    }

    // The client of Redis may find a server away for a moment that has just come back.
    [Fact]
    public async Task ShardThatHasServed_IsWaitedForAnew()
    {
        await OpenGate.Of(redis.Connection);
        var clock = new FakeTimeProvider();
        var gate = new ShardGate(redis.Connection, Options.Create(new HoldOptions()), clock);
        await gate.Look(0);
        gate.Refused(0, ShardGate.Shut(0));
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await gate.Opens(0));
        gate.Refused(0, ShardGate.Shut(0));
        Assert.NotNull(await gate.Opens(0));

        clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Null(await gate.Opens(0));
        gate.Served(0);
        gate.Refused(0, ShardGate.Shut(0));
        var opens = gate.Opens(0).AsTask();
        Assert.False(opens.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Null(await opens);
    }

    [Fact]
    public async Task CallThatIsRefusedWhileOthersAreServed_WaitsNoLongerThanTheHold()
    {
        await OpenGate.Of(redis.Connection);
        var hold = Options.Create(new HoldOptions { HoldFor = TimeSpan.FromSeconds(1) });
        var gate = new ShardGate(redis.Connection, hold, TimeProvider.System);
        var scripts = new ScriptRunner(redis.Connection, gate, hold, TimeProvider.System);
        var calls = 0;

        var read = scripts.Read<int>(0, () =>
        {
            calls++;
            gate.Served(0);
            throw new RedisConnectionException(
                ConnectionFailureType.UnableToConnect, CommandFlags.None, "away", null, CommandStatus.WaitingToBeSent);
        });

        await Assert.ThrowsAsync<OutageException>(() => read.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.InRange(calls, 2, 100);
    }

    [Fact]
    public async Task MoreThanMayWait_AreRefusedImmediately()
    {
        await using var service = await Service.Start(redis, null, ForLong, "--Grabs:HoldMax=5", "--Grabs:Loops=1", "--Grabs:PerCall=1");
        var packet = await service.Send(1000, 20);

        await redis.Kill();
        await Eventually.Holds(() => !service.Of<IConnectionMultiplexer>().IsConnected, what: "the client sees the loss");
        var first = service.Grabs.Grab(0, packet, "first");
        // The loop takes the first sooner or later, and five wait behind it.
        var others = Enumerable.Range(1, 20).Select(async user => await service.Grabs.Grab(0, packet, $"user{user}")).ToList();
        await Eventually.Holds(() => others.Count(grab => grab.IsFaulted) >= 15);
        await redis.Start();

        Assert.Equal(GrabStatus.Won, (await first).Status);
        Assert.InRange(others.Count(grab => grab.IsFaulted), 15, 16);
        foreach (var waited in others.Where(grab => !grab.IsFaulted))
            Assert.Equal(GrabStatus.Won, (await waited).Status);
    }
}
