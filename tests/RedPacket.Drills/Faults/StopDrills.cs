using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace RedPacket.Drills.Faults;

/// <summary>Processes get SIGTERM under load, one by one and all together.</summary>
internal static class StopDrills
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("rolling-restart", "every process in turn is stopped (SIGTERM) and started again, with two that take grabs",
            "Readiness is red before a process closes, so one retry is enough. Each ends with 0 within 10 s (promises 1, 3, 4).",
            RollingRestart),
        new("stop-under-load", "SIGTERM to all processes: in calm, while the ledger is locked, while RabbitMQ is stopped",
            "Each process ends with 0 within 10 s, and nothing is lost (promises 1, 3, 4).", async context =>
            {
                // The short form runs one of the two.
                if (Drill.Long || context.Seed % 2 == 0)
                    await StopUnderLoad(context, Topology.OneDemo, "the one-process demo");
                if (Drill.Long || context.Seed % 2 == 1)
                    await StopUnderLoad(context, Topology.OnePerRole, "a process for each role");
            }, SqliteOnly: true),
    ];

    private static async Task RollingRestart(DrillContext context)
    {
        var grab = new Member("grab", Settings: new Dictionary<string, string> { ["Http:DrainDelay"] = "00:00:04" });
        var cluster = await context.Deploy(new Topology([grab, grab, new Member("relay"), new Member("settle"), new Member("reconcile")]));
        using var balancer = new Balancer(cluster);
        await context.RunUnderLoad(cluster, async client =>
        {
            using var stop = new CancellationTokenSource();
            await Eventually.Holds(() => client.Record.PacketIds.Any(), what: "a packet was sent");
            var packetId = client.Record.PacketIds.First();
            var calls = balancer.Run(packetId, stop.Token);
            foreach (var process in cluster.Processes)
            {
                context.Say($"restarting {process.Address}");
                await (cluster.WithRole("grab").Contains(process) ? StopDraining(cluster, process) : Stop(process));
                await process.Start();
            }
            await stop.CancelAsync();
            await calls;
            // The balancer's user may have won, so the client's record must know the answer.
            await Eventually.Holds(() => client.Grab(packetId, Balancer.User));
        });
    }

    // While the process drains, readiness is red and calls are answered.
    private static async Task StopDraining(Cluster cluster, ServiceProcess process)
    {
        var stopping = Stop(process);
        await Eventually.Holds(IsDraining, TimeSpan.FromSeconds(30), "readiness is red while the process answers");
        await stopping;

        async Task<bool> IsDraining() => await Status("/health/ready") == 503 && await Status("/health/live") == 200;
        async Task<int> Status(string path) => (await cluster.Call(process, HttpMethod.Get, path, "olga")).Status;
    }

    private static async Task StopUnderLoad(DrillContext context, Topology topology, string processes)
    {
        var cluster = await context.Deploy(topology);
        await context.RunUnderLoad(cluster, async client =>
        {
            await StopAll(context, cluster, client, "in calm");
            using (var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False"))
            {
                connection.Open();
                using var transaction = connection.BeginTransaction(deferred: false);
                await Eventually.Pause(Drill.Calm);
                await StopAll(context, cluster, client, "while the ledger is locked");
                transaction.Rollback();
            }
            await context.WaitForAnswers(client);
            await cluster.Rabbit.StopApp();
            try
            {
                await StopAll(context, cluster, client, "while RabbitMQ is stopped");
            }
            finally
            {
                await cluster.Rabbit.StartApp();
            }
        }, faultText: $"SIGTERM to {processes}: in calm, while the ledger is locked, while RabbitMQ is stopped");
        await context.EndDeployments();
    }

    private static async Task StopAll(DrillContext context, Cluster cluster, LoadClient client, string when)
    {
        context.Say($"SIGTERM {when}");
        var times = await Task.WhenAll(cluster.Processes.Select(Stop));
        context.Say($"ended after {string.Join(", ", times.Select(time => $"{time.TotalSeconds:0.0} s"))}");
        await Task.WhenAll(cluster.Processes.Select(process => process.Start(untilReady: false)));
        await context.WaitForAnswers(client);
    }

    private static async Task<TimeSpan> Stop(ServiceProcess process)
    {
        var watch = Stopwatch.StartNew();
        var code = await process.Stop();
        Assert.True(code == 0 && watch.Elapsed < Drill.Within(s_limit),
            $"{process.Address} ended with {code} after {watch.Elapsed.TotalSeconds:0.0} s:\n{process.Output}");
        return watch.Elapsed;
    }
}
