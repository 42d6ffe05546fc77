using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RedPacket.Demo;
using RedPacket.Drills.Run;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Operations;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Tests.Ledger;
using StackExchange.Redis;

namespace RedPacket.Tests.Servers;

/// <summary>
/// The whole service in this process, with all roles, on a Redis that it flushes, an in-memory bus and a new ledger.
/// </summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly TestLedger _ledger;
    private readonly WebApplication _app;

    private Service(TestLedger ledger, WebApplication app)
    {
        _ledger = ledger;
        _app = app;
    }

    public RedisPackets Packets => Of<RedisPackets>();

    public GrabCoalescer Grabs => Of<GrabCoalescer>();

    /// <summary>Starts it and waits until shard 0 is open. Further settings as <c>--Name=value</c>.</summary>
    public static async Task<Service> Start(RedisServer redis, SharedPostgres? postgres, params string[] settings)
    {
        await redis.Flush();
        return await Resume(redis, await TestLedger.On(postgres), settings);
    }

    /// <summary>The same, and the clock of its process is wrong.</summary>
    public static async Task<Service> StartWithClock(TimeSpan off, RedisServer redis, SharedPostgres? postgres)
    {
        await redis.Flush();
        return await Resume(
            redis, await TestLedger.On(postgres), builder => builder.Services.AddSingleton<TimeProvider>(new ShiftedClock(off)), []);
    }

    /// <summary>The same on what an earlier service has left.</summary>
    public static Task<Service> Resume(RedisServer redis, TestLedger ledger, params string[] settings) =>
        Resume(redis, ledger, arrange: null, settings);

    private static async Task<Service> Resume(
        RedisServer redis, TestLedger ledger, Action<WebApplicationBuilder>? arrange, string[] settings)
    {
        var app = RedPacketService.Build(
        [
            $"--ConnectionStrings:Redis={redis.ConnectionString}", $"--ConnectionStrings:Ledger={ledger.ConnectionString}",
            "--Outbox:InMemory=true", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning",
            .. Tokens.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            // Tests hand messages to settlement that no relay has made.
            "--Outbox:SigningKeys:0=", .. settings,
        ], arrange);
        var service = new Service(ledger, app);
        await app.StartAsync();
        await service.Opens();
        return service;
    }

    /// <summary>The ledger. It is deleted with the service.</summary>
    public TestLedger Ledger => _ledger;

    /// <summary>Where it listens, on this machine.</summary>
    public int Port => new Uri(_app.Urls.Single()).Port;

    public T Of<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Starts the background services.</summary>
    public T Hosted<T>() where T : IHostedService => _app.Services.GetServices<IHostedService>().OfType<T>().Single();

    /// <summary>A context for reading the ledger.</summary>
    public Task<LedgerDbContext> OpenLedger() => Of<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync();

    /// <summary>Waits until Redis was inspected, the gate of the shard is open and its packets were compared.</summary>
    public async Task Opens(int shard = 0)
    {
        await Of<StoreGuard>().FirstLook(TimeSpan.FromMinutes(1));
        await Eventually.Holds(async () => await Of<ShardGate>().Look(shard) is { IsWalked: false }, what: "the gate opens");
    }

    /// <summary>Sends a packet and returns its id.</summary>
    public async Task<string> Send(long amountFen, int count, int expiresIn = 600, string seed = "000000000000002a",
        int shard = 0)
    {
        var terms = new PacketTerms(
            "sender", "lucky", count, "good luck", expiresIn, "line-cutting", seed,
            PacketTerms.KeyHash("sender", Guid.NewGuid().ToString()));
        var id = PacketId.New(shard, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
        return (await Packets.Create(id, Of<KeyHomes>().Shards, amountFen, terms)).Packet!.Id;
    }

    /// <summary>
    /// Brings a packet's end forward to now, and waits until it is closed. So no grab before it races with the clock.
    /// </summary>
    public async Task Expires(string packet)
    {
        var redis = Of<IConnectionMultiplexer>().GetDatabase();
        _ = PacketId.TryParse(packet, out var shard);
        await redis.HashSetAsync(PacketKeys.Packet(shard, packet), "expiry", 1);
        await redis.SortedSetAddAsync(PacketKeys.Live(shard), packet, 1);
        // Where packets leave Redis soon, it may be gone by then.
        await Eventually.Holds(async () => await Packets.Find(packet) is not { State: "open" }, what: "the packet is closed");
    }

    /// <summary>Waits until the report says CONSISTENT, and returns it.</summary>
    public Task<ConsistencyReport> Settles() => Eventually.Yields(
        () => Of<ReportBuilder>().Build(new ReportRequest(), CancellationToken.None), report => report.Verdict == "CONSISTENT");

    /// <summary>Ends the service, and leaves its ledger and its Redis to the next.</summary>
    public async Task<TestLedger> Stop()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        return _ledger;
    }

    public async ValueTask DisposeAsync() => (await Stop()).Dispose();
}
