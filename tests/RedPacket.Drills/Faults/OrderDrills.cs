using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>A deployment whose parts come up in any order: nobody is started twice.</summary>
internal static class OrderDrills
{
    private const string Services = "services";
    private const string Ledger = "ledger";
    private const string RabbitMq = "RabbitMQ";
    private const string Redis = "Redis";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("any-start-order", "the services start before what they need, which comes late and in any order",
            "Readiness turns green without a restart, and everything settles (promises 4, 7).", async stage =>
        {
            string[] parts = [Services, Ledger, RabbitMq, Redis];
            await Start(stage, parts);
            for (var order = 1; order < stage.Rounds; order++)
                await Start(stage, [.. parts.OrderBy(_ => stage.Random.Next())]);
        }),
    ];

    private static async Task Start(DrillContext stage, IReadOnlyList<string> order)
    {
        var words = $"started in this order: {string.Join(", ", order)}";
        stage.Say(words);
        var cluster = await stage.Prepare(Topology.Deployed);
        await cluster.Redis.Stop();
        await cluster.Rabbit.StopApp();
        var postgres = cluster.Ledger.StartsWith("Host=", StringComparison.Ordinal) ? await stage.Postgres() : null;
        // As a container engine makes one where a file was to be mounted: SQLite cannot open it.
        if (postgres is null)
            Directory.CreateDirectory(cluster.LedgerPath);
        else
            await postgres.Stop();
        foreach (var part in order)
        {
            stage.Say(part);
            await Bring(cluster, postgres, part);
            await Eventually.Pause(Drill.Calm);
        }
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        stage.Say("all are ready");
        await stage.Under(cluster, client => Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won"), faultInWords: words);
        await stage.StrikeAll();
    }

    private static async Task Bring(Cluster cluster, PostgresServer? postgres, string part)
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
