using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Faults;

/// <summary>Redis is silent, is restarted, or is not durable. It forgets nothing.</summary>
internal static class RedisDrills
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(3);
    private const long MemoryRoom = 2_000_000;

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("redis-paused", "Redis is paused by SIGSTOP: connected but silent",
            "Calls get 503 with Retry-After within 3 s, and asking again gets one answer (promises 1, 3, 7).", Paused),
        new("redis-restarted", "Redis is stopped (SIGTERM) and started on its append-only file",
            "Every answer is kept (promises 1, 2, 3).", Restarted),
        new("script-flush", "Redis forgets all its scripts ten times a second",
            "Nobody is refused, and no gate shuts (promises 7, 8).", ScriptFlush),
        new("volatile-redis-refused", "Redis has no append-only file, or evicts keys",
            "Readiness is red and says what to do. With Redis:AllowVolatile it is green, and info and banner say volatile.", Volatile),
        new("memory-limit", "the ledger is locked until Redis is out of memory, and a relay is killed there",
            "Sends and grabs get 503 with a sentence, the outbox drains at the limit, and grabs go on without a hand (promises 1, 4, 7).",
            MemoryLimit),
    ];

    private static TimeSpan Silence => TimeSpan.FromSeconds(Drill.Long ? 10 : 4);

    private static async Task Paused(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await context.RunUnderLoad(cluster, async client =>
        {
            context.Say($"Redis is silent for {Silence.TotalSeconds:0} s");
            await Eventually.Holds(() => client.Record.PacketIds.Any(), what: "a packet was sent");
            var packetId = client.Record.PacketIds.First();
            cluster.Redis.Pause();
            try
            {
                for (var silent = Stopwatch.StartNew(); silent.Elapsed < Silence;)
                    await ExpectUnavailable(cluster, packetId);
            }
            finally
            {
                cluster.Redis.Resume();
            }
            await context.WaitForAnswers(client);
            // That grab may have won, so the client's record must know its answer.
            await Eventually.Holds(() => client.Grab(packetId, "late"));
        }, faultText: $"Redis is paused by SIGSTOP for {Silence.TotalSeconds:0} s");
    }

    private static async Task MemoryLimit(DrillContext context)
    {
        Member[] members = [new("grab"), new("relay"), new("relay"), new("settle"), new("reconcile")];
        var cluster = await context.Deploy(new Topology(members));
        await context.RunUnderLoad(cluster, async client =>
        {
            using (DirectReaders.Lock(cluster.Ledger))
            {
                await cluster.Redis.Server.ConfigSetAsync("maxmemory", await UsedMemory(cluster) + MemoryRoom);
                context.Say("the ledger is locked until Redis is out of memory");
                await Eventually.Holds(() => client.Record.Unavailable > 50, Drill.Recovery, "grabs are refused");
                await Eventually.Holds(async () =>
                {
                    var (status, body) = await Send(cluster);
                    return status == 503 && Encoding.UTF8.GetString(body).Contains("out of memory", StringComparison.Ordinal);
                }, what: "a send is answered 503 with a sentence about memory");
                foreach (var relay in cluster.WithRole("relay"))
                    await relay.Kill();
                await cluster.Redis.Database.KeyDeleteAsync("{0}:relay");
                await cluster.WithRole("relay")[1].Start();
            }
            context.Say("the ledger is unlocked, and Redis keeps its limit");
            await Eventually.Holds(
                async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out") < 100, Drill.Recovery, "the outbox drains");
            await context.WaitForAnswers(client);
            await cluster.Redis.Server.ConfigSetAsync("maxmemory", 0);
            await cluster.WithRole("relay")[0].Start();
        });
    }

    private static async Task<long> UsedMemory(Cluster cluster) => long.Parse(
        (await cluster.Redis.Server.InfoAsync("memory"))[0].Single(pair => pair.Key == "used_memory").Value, CultureInfo.InvariantCulture);

    private static Task<(int Status, byte[] Body)> Send(Cluster cluster) => cluster.Call(
        cluster.Grabber, HttpMethod.Post, "/api/v1/packets", "olga",
        body: new StringContent("""{"kind":"lucky","amountFen":100,"count":2}""", Encoding.UTF8, "application/json"), key: "at-the-limit");

    private static async Task ExpectUnavailable(Cluster cluster, string packetId)
    {
        var watch = Stopwatch.StartNew();
        var (status, body) = await cluster.Call(cluster.Grabber, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", "late");
        Assert.True(status == 503 && watch.Elapsed < Drill.Within(s_soon),
            $"while Redis is silent: {status} after {watch.Elapsed.TotalSeconds:0.0} s, {Encoding.UTF8.GetString(body)}");
    }

    private static async Task Restarted(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await context.RunUnderLoad(cluster, async client =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                context.Say($"redis-restarted, round {round} of {context.Rounds}");
                await cluster.Redis.Stop();
                await context.PauseUpTo(Drill.Calm);
                await cluster.Redis.Start();
                await context.WaitForAnswers(client);
            }
        });
    }

    private static async Task ScriptFlush(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await context.RunUnderLoad(cluster, async client =>
        {
            context.Say($"SCRIPT FLUSH every 100 ms for {Silence.TotalSeconds:0} s");
            var (refused, seal) = (client.Record.Unavailable, await Seal(cluster));
            for (var flushing = Stopwatch.StartNew(); flushing.Elapsed < Silence;)
            {
                await cluster.Redis.Server.ScriptFlushAsync();
                await Eventually.Pause(TimeSpan.FromMilliseconds(100));
            }
            Assert.Equal((refused, seal), (client.Record.Unavailable, await Seal(cluster)));
        });
    }

    /// <summary>The run and the seal of the only shard: they change with each opening.</summary>
    public static async Task<string> Seal(Cluster cluster) =>
        string.Join(' ', await cluster.Redis.Database.HashGetAsync("{0}:meta", ["run", "seal"]));

    private static async Task Volatile(DrillContext context)
    {
        (string Setting, string Value, string Remedy)[] cases =
        [
            ("appendonly", "no", "appendonly yes"),
            ("maxmemory-policy", "allkeys-lru", "maxmemory-policy noeviction"),
        ];
        foreach (var (setting, value, remedy) in cases)
        {
            var cluster = await context.Prepare(Topology.Deployed);
            context.Say($"Redis has {setting} {value}");
            await cluster.Redis.Server.ConfigSetAsync(setting, value);
            await Relaunch(cluster);
            foreach (var process in cluster.Processes)
                await Eventually.Yields(() => Durability(cluster, process),
                    seen => seen.Status == 503 && seen.Text.Contains(remedy, StringComparison.Ordinal),
                    what: $"readiness is red and says: {remedy}");
            await Relaunch(cluster, ("Redis:AllowVolatile", "true"));
            foreach (var process in cluster.Processes)
            {
                await process.Ready();
                await Eventually.Yields(
                    () => Info(cluster, process), info => info.Contains("volatile", StringComparison.Ordinal), what: "info says volatile");
                await Eventually.Holds(
                    () => process.Output.Contains(": volatile (", StringComparison.Ordinal), what: "the banner says volatile");
            }
            await context.RunUnderLoad(cluster,
                client => Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won"),
                faultText: $"Redis has {setting} {value}, accepted by Redis:AllowVolatile=true");
            await context.EndDeployments();
        }
    }

    private static async Task Relaunch(Cluster cluster, params (string Name, string Value)[] settings)
    {
        await Task.WhenAll(cluster.Processes.Where(process => process.IsRunning).Select(process => process.Stop()));
        foreach (var process in cluster.Processes)
            process.Launch(settings);
    }

    private static async Task<string> Info(Cluster cluster, ServiceProcess process) =>
        Encoding.UTF8.GetString((await cluster.Call(process, HttpMethod.Get, "/api/v1/info", "olga")).Body);

    private static async Task<(int Status, string Text)> Durability(Cluster cluster, ServiceProcess process)
    {
        var (status, body) = await cluster.Call(process, HttpMethod.Get, "/health/ready", "olga");
        var durability = JsonDocument.Parse(body).RootElement.GetProperty("parts").GetProperty("durability");
        return (status, durability.GetRawText());
    }
}
