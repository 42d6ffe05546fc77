using System.Diagnostics;
using Microsoft.Data.Sqlite;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>Processes that are told to stop (SIGTERM) under load, alone and in turn.</summary>
internal static class StopDrills
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("rolling-restart", "every process in turn is stopped (SIGTERM) and started again, with two that take grabs",
            "Readiness is red before the door closes, so a caller who is turned away is answered at the first retry; exit code 0 in under 10 s; nothing is lost (promises 1, 3, 4).", RollingRestart),
        new("stop-under-load", "SIGTERM to everything at once: in calm, while the ledger is locked, while RabbitMQ is stopped",
            "Each process ends with 0 in under 10 s, and nothing is lost (promises 1, 3, 4).", async stage =>
            {
                // The short form takes one of the two.
                if (Drill.Long || stage.Seed % 2 == 0)
                    await StopUnderLoad(stage, Topology.OneDemo, "the one-process demo");
                if (Drill.Long || stage.Seed % 2 == 1)
                    await StopUnderLoad(stage, Topology.Apart, "a process for each role");
            }, SqliteOnly: true),
    ];

    private static async Task RollingRestart(DrillContext stage)
    {
        var balanced = new Member("grab", Settings: new Dictionary<string, string> { ["Http:DrainDelay"] = "00:00:02" });
        var cluster = await stage.Deploy(new Topology([balanced, balanced, new Member("relay"), new Member("settle"), new Member("reconcile")]));
        using var balancer = new Balancer(cluster);
        await stage.Under(cluster, async client =>
        {
            using var stop = new CancellationTokenSource();
            await Eventually.Holds(() => client.Record.PacketIds.Any(), what: "a packet was sent");
            var packetId = client.Record.PacketIds.First();
            var calls = balancer.Run(packetId, stop.Token);
            foreach (var process in cluster.Processes)
            {
                stage.Say($"restarting {process.Address}");
                await (cluster.Having("grab").Contains(process) ? StopRedFirst(cluster, process) : Timed(process));
                await process.Start();
            }
            await stop.CancelAsync();
            await calls;
            // So that the client knows what the balancer's user has won.
            await Eventually.Holds(() => client.Grab(packetId, Balancer.User));
        });
    }

    // While it drains, readiness is red and calls are answered.
    private static async Task StopRedFirst(Cluster cluster, ServiceProcess process)
    {
        var stopping = Timed(process);
        await Eventually.Holds(async () => await Status("/health/ready") == 503 && await Status("/health/live") == 200, TimeSpan.FromSeconds(5), "readiness is red while the door is open");
        await stopping;

        async Task<int> Status(string path) => (await cluster.Call(process, HttpMethod.Get, path, "olga")).Status;
    }

    private static async Task StopUnderLoad(DrillContext stage, Topology layout, string whom)
    {
        var cluster = await stage.Deploy(layout);
        await stage.Under(cluster, async client =>
        {
            await StopAll(stage, cluster, client, "in calm");
            using (var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False"))
            {
                connection.Open();
                using var transaction = connection.BeginTransaction(deferred: false);
                await Eventually.Pause(Drill.Calm);
                await StopAll(stage, cluster, client, "while the ledger is locked");
                transaction.Rollback();
            }
            await stage.Answers(client);
            await cluster.Rabbit.StopApp();
            try
            {
                await StopAll(stage, cluster, client, "while RabbitMQ is stopped");
            }
            finally
            {
                await cluster.Rabbit.StartApp();
            }
        }, faultInWords: $"SIGTERM to {whom}: in calm, while the ledger is locked, while RabbitMQ is stopped");
        await stage.StrikeAll();
    }

    private static async Task StopAll(DrillContext stage, Cluster cluster, LoadClient client, string when)
    {
        stage.Say($"SIGTERM {when}");
        var times = await Task.WhenAll(cluster.Processes.Select(Timed));
        stage.Say($"ended after {string.Join(", ", times.Select(time => $"{time.TotalSeconds:0.0} s"))}");
        await Task.WhenAll(cluster.Processes.Select(process => process.Start(untilReady: false)));
        await stage.Answers(client);
    }

    private static async Task<TimeSpan> Timed(ServiceProcess process)
    {
        var took = Stopwatch.StartNew();
        var code = await process.Stop();
        Assert.True(code == 0 && took.Elapsed < s_limit, $"{process.Address} ended with {code} after {took.Elapsed.TotalSeconds:0.0} s:\n{process.Output}");
        return took.Elapsed;
    }
}
