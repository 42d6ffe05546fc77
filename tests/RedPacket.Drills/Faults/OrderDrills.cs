namespace RedPacket.Drills.Faults;

/// <summary>The parts of a deployment start in any order, and each starts once.</summary>
internal static class OrderDrills
{
    private const string Services = "services";
    private const string Ledger = "ledger";
    private const string RabbitMq = "RabbitMQ";
    private const string Redis = "Redis";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("any-start-order", "the services start before the servers they need, in any order",
            "Readiness turns green without a restart, and everything settles (promises 4, 7).", async context =>
            {
                string[] parts = [Services, Ledger, RabbitMq, Redis];
                await Start(context, parts);
                for (var order = 1; order < context.Rounds; order++)
                    await Start(context, [.. parts.OrderBy(_ => context.Random.Next())]);
            }),
    ];

    private static async Task Start(DrillContext context, IReadOnlyList<string> order)
    {
        var fault = $"started in this order: {string.Join(", ", order)}";
        context.Say(fault);
        var cluster = await context.Prepare(Topology.Deployed);
        await cluster.Redis.Stop();
        await cluster.Rabbit.StopApp();
        var postgres = cluster.Ledger.StartsWith("Host=", StringComparison.Ordinal) ? await context.Postgres() : null;
        // A container engine makes a folder when the file to mount is missing. SQLite cannot open it.
        if (postgres is null)
            Directory.CreateDirectory(cluster.LedgerPath);
        else
            await postgres.Stop();
        foreach (var part in order)
        {
            context.Say(part);
            await StartPart(cluster, postgres, part);
            await Eventually.Pause(Drill.Calm);
        }
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        context.Say("all are ready");
        await context.RunUnderLoad(cluster,
            client => Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won"), faultText: fault);
        await context.EndDeployments();
    }

    private static async Task StartPart(Cluster cluster, PostgresServer? postgres, string part)
    {
        switch (part)
        {
            case Services:
                await Task.WhenAll(cluster.Processes.Select(process => process.Start(untilReady: false)));
                break;
            case Ledger:
                if (postgres is null)
                    Directory.Delete(cluster.LedgerPath);
                else
                    await postgres.Start();
                break;
            case RabbitMq:
                await cluster.Rabbit.StartApp();
                break;
            case Redis:
                await cluster.Redis.Start();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(part), part, "unknown part");
        }
    }
}
