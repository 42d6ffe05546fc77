using Npgsql;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger is gone before a process has ever opened it. To that process this looks like the first start.</summary>
internal static class VanishedDrills
{
    private static readonly string[] s_files = ["", "-wal", "-shm"];

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("ledger-gone-early", "the ledger is gone before the settling process has ever opened it, and comes back",
            "No grab notices. The settling process makes no empty ledger, and drains when the ledger is back (promises 1, 4, 5, 7).",
            async context =>
            {
                var cluster = await context.Prepare(Topology.OnePerRole);
                var relay = cluster.WithRole("relay")[0];
                await Task.WhenAll(cluster.Grabber.Start(), cluster.Reconciler.Start(), relay.Start(untilReady: false));
                await context.RunUnderLoad(cluster, async client =>
                {
                    await Hide(context, cluster);
                    context.Say("the ledger is gone, starting the settling process");
                    await cluster.Settler.Start(untilReady: false);
                    await context.ExpectUnnoticed(client, Drill.Outage);
                    var (_, ready) = await cluster.Call(cluster.Settler, HttpMethod.Get, "/health/ready", "olga");
                    Assert.Contains("Ledger:BeginAnew", System.Text.Encoding.UTF8.GetString(ready), StringComparison.Ordinal);
                    await Restore(context, cluster);
                });
            }),
    ];

    private static async Task Hide(DrillContext context, Cluster cluster)
    {
        if (Database(cluster) is { } database)
        {
            // An empty database with the same name, like that of a new server.
            await Disconnect(await context.Postgres(), database);
            await (await context.Postgres()).Execute($"ALTER DATABASE {database} RENAME TO {database}_aside");
            await (await context.Postgres()).Execute($"CREATE DATABASE {database}");
            return;
        }
        foreach (var file in s_files.Where(file => File.Exists(cluster.LedgerPath + file)))
            File.Move(cluster.LedgerPath + file, $"{cluster.LedgerPath}.aside{file}");
    }

    private static async Task Restore(DrillContext context, Cluster cluster)
    {
        if (Database(cluster) is { } database)
        {
            await Disconnect(await context.Postgres(), database);
            await (await context.Postgres()).Execute($"DROP DATABASE {database}");
            await (await context.Postgres()).Execute($"ALTER DATABASE {database}_aside RENAME TO {database}");
            await (await context.Postgres()).Execute($"ALTER DATABASE {database} ALLOW_CONNECTIONS true");
            return;
        }
        foreach (var file in s_files.Reverse().Where(file => File.Exists($"{cluster.LedgerPath}.aside{file}")))
            File.Move($"{cluster.LedgerPath}.aside{file}", cluster.LedgerPath + file, overwrite: true);
    }

    // PostgreSQL renames a database only while no session uses it.
    private static async Task Disconnect(PostgresServer server, string database)
    {
        await server.Execute($"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        await server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        await Eventually.Holds(async () =>
        {
            var isUsed = $"EXISTS (SELECT FROM pg_stat_activity WHERE datname = '{database}')";
            await server.Execute($"DO $$ BEGIN IF {isUsed} THEN RAISE 'in use'; END IF; END $$");
            return true;
        });
    }

    private static string? Database(Cluster cluster) => File.Exists(cluster.LedgerPath) || File.Exists(cluster.LedgerPath + ".aside")
        ? null : new NpgsqlConnectionStringBuilder(cluster.Ledger).Database;
}
