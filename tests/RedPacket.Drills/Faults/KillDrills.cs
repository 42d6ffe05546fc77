using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>kill -9 of each process and each server, and the end of the queues, at moments chosen by the seed.</summary>
internal static class KillDrills
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<Drill> All { get; } =
    [
        OfProcess("grab", "What was answered is kept; what was not is answered when asked again, with the same share (promises 1, 3, 4)."),
        OfProcess("relay", "Grabs go on; the next relay sends what the outbox holds (promises 4, 7)."),
        OfProcess("settle", "Grabs go on; what was not recorded comes again, what was recorded is not recorded twice (promises 4, 5, 7)."),
        OfProcess("reconcile", "Grabs go on; repair and reports begin anew (promises 6, 7)."),
        OfServer("kill-redis", "Redis is killed (SIGKILL) and started on its append-only file",
            "Grabs are refused with 503 until the packets are compared; what was acknowledged is kept (promises 1, 2, 3).", async (stage, cluster, client) =>
            {
                await cluster.Redis.Kill();
                await stage.Moment(s_between);
                await cluster.Redis.Start();
                await stage.Answers(client);
            }),
        OfServer("kill-rabbitmq", "RabbitMQ is killed (SIGKILL) and started again", "No grab notices; what the broker lost is sent again (promises 4, 7).",
            async (stage, cluster, _) => await cluster.Rabbit.Restart()),
        OfServer("queues-deleted", "RabbitMQ's queues are deleted under their consumers", "The consumers make them anew; what was in them, or was on its way to them, is sent again (promises 4, 7).",
            async (_, cluster, _) =>
            {
                await cluster.Rabbit.DeleteAll();
                await Eventually.Holds(async () => (await cluster.Rabbit.Queues()).Count >= 2);
            }),
    ];

    private static Drill OfProcess(string role, string promise) => OfServer($"kill-{role}", $"the {role} process is killed (SIGKILL) and started again", promise, async (stage, cluster, _) =>
    {
        var process = cluster.Having(role)[0];
        await process.Kill();
        await stage.Moment(s_between);
        await process.Start(untilReady: role == "grab");
    });

    private static Drill OfServer(string name, string fault, string promise, Func<DrillContext, Cluster, LoadClient, Task> kill) => new(name, fault, promise, async stage =>
    {
        var cluster = await stage.Deploy(Topology.Apart);
        await stage.Under(cluster, async client =>
        {
            for (var round = 1; round <= stage.Rounds; round++)
            {
                await stage.Moment(s_between);
                stage.Say($"{name}, round {round} of {stage.Rounds}");
                await kill(stage, cluster, client);
            }
        }, faultInWords: $"{fault}, {stage.Rounds} times");
    });
}
