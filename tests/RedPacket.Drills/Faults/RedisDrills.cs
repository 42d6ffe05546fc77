using System.Diagnostics;
using System.Text;
using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>Redis silent, stopped in good order, or not fit for money; it forgets nothing.</summary>
internal static class RedisDrills
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(3);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("redis-paused", "Redis is stopped for a while by SIGSTOP: connected, silent",
            "A call is answered 503 soon, with Retry-After; asked again, it has one answer (promises 1, 3, 7).", Paused),
        new("redis-restarted", "Redis is stopped in good order (SIGTERM) and started on its append-only file",
            "Nothing that was answered is forgotten (promises 1, 2, 3).", Restarted),
        new("volatile-redis-refused", "Redis has no append-only file; then it evicts",
            "Readiness is red and says what to do; Redis:AllowVolatile takes it, and info and banner say so.", Volatile),
    ];

    private static TimeSpan Silence => TimeSpan.FromSeconds(Drill.Long ? 10 : 4);

    private static async Task Paused(DrillContext stage)
    {
        var cluster = await stage.Deploy(Topology.Deployed);
        await stage.Under(cluster, async client =>
        {
            stage.Say($"Redis is silent for {Silence.TotalSeconds:0} s");
            await Eventually.Holds(() => client.Record.PacketIds.Any(), what: "a packet was sent");
            var packetId = client.Record.PacketIds.First();
            cluster.Redis.Pause();
            try
            {
                for (var silent = Stopwatch.StartNew(); silent.Elapsed < Silence;)
                {
                    var took = Stopwatch.StartNew();
                    var (status, body) = await cluster.Call(cluster.Grab, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", "late");
                    Assert.True(status == 503 && took.Elapsed < s_soon, $"while Redis is silent: {status} after {took.Elapsed.TotalSeconds:0.0} s, {Encoding.UTF8.GetString(body)}");
                }
            }
            finally
            {
                cluster.Redis.Resume();
            }
            await stage.Answers(client);
            // So that the client knows of what this call may have won.
            await Eventually.Holds(() => client.Grab(packetId, "late"));
        }, faultInWords: $"Redis is stopped by SIGSTOP for {Silence.TotalSeconds:0} s");
    }

    private static async Task Restarted(DrillContext stage)
    {
        var cluster = await stage.Deploy(Topology.Deployed);
        await stage.Under(cluster, async client =>
        {
            for (var round = 1; round <= stage.Rounds; round++)
            {
                stage.Say($"redis-restarted, round {round} of {stage.Rounds}");
                await cluster.Redis.Stop();
                await stage.Moment(Drill.Calm);
                await cluster.Redis.Start();
                await stage.Answers(client);
            }
        });
    }

    private static async Task Volatile(DrillContext stage)
    {
        foreach (var (setting, value, remedy) in new[] { ("appendonly", "no", "appendonly yes"), ("maxmemory-policy", "allkeys-lru", "maxmemory-policy noeviction") })
        {
            var cluster = await stage.Prepare(Topology.Deployed);
            stage.Say($"Redis has {setting} {value}");
            await cluster.Redis.Server.ConfigSetAsync(setting, value);
            await Relaunch(cluster);
            foreach (var process in cluster.Processes)
                await Eventually.Yields(() => Durability(cluster, process), seen => seen.Status == 503 && seen.Said.Contains(remedy, StringComparison.Ordinal),
                    what: $"readiness is red and says: {remedy}");
            await Relaunch(cluster, ("Redis:AllowVolatile", "true"));
            foreach (var process in cluster.Processes)
            {
                await process.Ready();
                await Eventually.Yields(() => Info(cluster, process), info => info.Contains("volatile", StringComparison.Ordinal), what: "info says volatile");
                await Eventually.Holds(() => process.Output.Contains(": volatile (", StringComparison.Ordinal), what: "the banner says volatile");
            }
            await stage.Under(cluster, client => Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won"),
                faultInWords: $"Redis has {setting} {value}, and is accepted by Redis:AllowVolatile=true");
            await stage.StrikeAll();
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

    private static async Task<(int Status, string Said)> Durability(Cluster cluster, ServiceProcess process)
    {
        var (status, body) = await cluster.Call(process, HttpMethod.Get, "/health/ready", "olga");
        var durability = JsonDocument.Parse(body).RootElement.GetProperty("parts").GetProperty("durability");
        return (status, durability.GetRawText());
    }
}
