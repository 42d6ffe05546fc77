using Npgsql;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger gone before a process has ever had it open: to that process it looks like the very first start.</summary>
internal static class VanishedDrills
{
    private static readonly string[] s_files = ["", "-wal", "-shm"];

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("ledger-gone-early", "the ledger is gone before the settling process has ever had it open, and comes back",
            "No grab notices; no empty ledger is made in its place, though the process that settles has never seen one; all drains when it is back (promises 1, 4, 5, 7).", async stage =>
            {
                var cluster = await stage.Prepare(Topology.Apart);
                await Task.WhenAll(cluster.Grab.Start(), cluster.Desk.Start(), cluster.Having("relay")[0].Start(untilReady: false));
                await stage.Under(cluster, async client =>
                {
                    await Gone(stage, cluster);
                    stage.Say("the ledger is gone; starting the settling process");
                    await cluster.Books.Start(untilReady: false);
                    await stage.Unnoticed(client, Drill.Outage);
                    var (_, ready) = await cluster.Call(cluster.Books, HttpMethod.Get, "/health/ready", "olga");
                    Assert.Contains("Ledger:BeginAnew", System.Text.Encoding.UTF8.GetString(ready), StringComparison.Ordinal);
                    await Back(stage, cluster);
                });
            }),
    ];

    private static async Task Gone(DrillContext stage, Cluster cluster)
    {
        if (Database(cluster) is { } database)
        {
            // An empty database of the same name, as by a server that was set up anew.
            await Disconnect(await stage.Postgres(), database);
            await (await stage.Postgres()).Execute($"ALTER DATABASE {database} RENAME TO {database}_aside");
            await (await stage.Postgres()).Execute($"CREATE DATABASE {database}");
            return;
        }
        foreach (var file in s_files.Where(file => File.Exists(cluster.LedgerPath + file)))
            File.Move(cluster.LedgerPath + file, $"{cluster.LedgerPath}.aside{file}");
    }

    private static async Task Back(DrillContext stage, Cluster cluster)
    {
        if (Database(cluster) is { } database)
        {
            await Disconnect(await stage.Postgres(), database);
            await (await stage.Postgres()).Execute($"DROP DATABASE {database}");
            await (await stage.Postgres()).Execute($"ALTER DATABASE {database}_aside RENAME TO {database}");
            await (await stage.Postgres()).Execute($"ALTER DATABASE {database} ALLOW_CONNECTIONS true");
            return;
        }
        foreach (var file in s_files.Reverse().Where(file => File.Exists($"{cluster.LedgerPath}.aside{file}")))
            File.Move($"{cluster.LedgerPath}.aside{file}", cluster.LedgerPath + file, overwrite: true);
    }

    // Nobody may be in a database that is renamed.
    private static async Task Disconnect(PostgresServer server, string database)
    {
        await server.Execute($"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        await server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        await Eventually.Holds(async () =>
        {
            await server.Execute($"DO $$ BEGIN IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = '{database}') THEN RAISE 'in use'; END IF; END $$");
            return true;
        });
    }

    private static string? Database(Cluster cluster) => File.Exists(cluster.LedgerPath) || File.Exists(cluster.LedgerPath + ".aside")
        ? null : new NpgsqlConnectionStringBuilder(cluster.Ledger).Database;
}
