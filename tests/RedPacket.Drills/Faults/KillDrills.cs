namespace RedPacket.Drills.Faults;

/// <summary>Kills each process and each server, and deletes the queues, at moments chosen by the seed.</summary>
internal static class KillDrills
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<Drill> All { get; } =
    [
        OfProcess("grab", "Every answer is kept, and asking again returns the same share (promises 1, 3, 4)."),
        OfProcess("relay", "Grabs go on, and the next relay sends the outbox (promises 4, 7)."),
        OfProcess("settle", "Grabs go on, and every entry is recorded once (promises 4, 5, 7)."),
        OfProcess("reconcile", "Grabs go on, and repair and reports start again (promises 6, 7)."),
        OfServer("kill-redis", "Redis is killed (SIGKILL) and started on its append-only file",
            "Grabs get 503 until the packets are compared, and every answer is kept (promises 1, 2, 3).",
            async (context, cluster, client) =>
            {
                await cluster.Redis.Kill();
                await context.PauseUpTo(s_between);
                await cluster.Redis.Start();
                await context.WaitForAnswers(client);
            }),
        OfServer("kill-rabbitmq", "RabbitMQ is killed (SIGKILL) and started again",
            "No grab notices, and the relay resends what the broker lost (promises 4, 7).",
            async (context, cluster, _) => await cluster.Rabbit.Restart()),
        OfServer("queues-deleted", "RabbitMQ's queues are deleted under their consumers",
            "The consumers declare them again, and the relay resends what was in them (promises 4, 7).",
            async (_, cluster, _) =>
            {
                await cluster.Rabbit.DeleteAll();
                await Eventually.Holds(async () => (await cluster.Rabbit.Queues()).Count >= 2);
            }),
    ];

    private static Drill OfProcess(string role, string promise) =>
        OfServer($"kill-{role}", $"the {role} process is killed (SIGKILL) and started again", promise, async (context, cluster, _) =>
        {
            var process = cluster.WithRole(role)[0];
            await process.Kill();
            await context.PauseUpTo(s_between);
            await process.Start(untilReady: role == "grab");
        });

    private static Drill OfServer(string name, string fault, string promise,
        Func<DrillContext, Cluster, LoadClient, Task> kill) =>
        new(name, fault, promise, async context =>
        {
            var cluster = await context.Deploy(Topology.OnePerRole);
            await context.RunUnderLoad(cluster, async client =>
            {
                for (var round = 1; round <= context.Rounds; round++)
                {
                    await context.PauseUpTo(s_between);
                    context.Say($"{name}, round {round} of {context.Rounds}");
                    await kill(context, cluster, client);
                }
            }, faultText: $"{fault}, {context.Rounds} times");
        });
}
