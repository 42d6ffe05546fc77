using System.Diagnostics;
using Npgsql;

namespace RedPacket.Drills.Faults;

/// <summary>
/// The ledger is gone before a process has ever opened it, which to that process looks like the first start. Or a
/// backup takes its place.
/// </summary>
internal static class VanishedDrills
{
    // Between the backup and what is sent after it. No packet that was sent after it may be archived.
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(20);
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
        new("ledger-restored", "a backup of the ledger is put in its place, older than archived packets and paid shares",
            "Everything that Redis has is recorded again, archived packets come back, and shares are paid again (promises 1 to 5).",
            PutBackABackup, SqliteOnly: true),
    ];

    private static async Task PutBackABackup(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.OnePerRole.With(("Reconciliation:RepairInterval", "00:00:01")));
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await context.Load(
            client, () => Eventually.Holds(async () => (await Closed(cluster)).Length > 1, Drill.Recovery, "two packets are closed"));
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, "before the backup");
        context.Say("backing up the ledger");
        var since = Stopwatch.StartNew();
        DirectReaders.Execute(cluster.Ledger, $"VACUUM INTO '{cluster.LedgerPath}.backup'");
        await Eventually.Pause(s_between);
        context.Say("more load, a share of a closed packet is paid, and others are archived");
        var closed = (await Closed(cluster))[0];
        await context.Load(client, () => PayAShare(cluster, closed));
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, "before the ledger goes back");
        await ArchiveThoseInTheBackup(cluster, since);
        await cluster.Settler.Stop();
        Assert.True(DirectReaders.ArchivedPackets(cluster.Ledger).Count > 0, "no packet was archived");
        foreach (var file in s_files)
            File.Delete(cluster.LedgerPath + file);
        File.Copy($"{cluster.LedgerPath}.backup", cluster.LedgerPath);
        context.Say("the backup is in its place, starting again");
        await Task.WhenAll(cluster.Settler.Start(), cluster.Reconciler.Start());
        await context.Compare(cluster, client, new Allowance(Inconsistent: true), "a backup takes the ledger's place");
        Assert.Equal(1, DirectReaders.AdjustedShares(cluster.Ledger).Count);
    }

    private static async Task<string[]> Closed(Cluster cluster) =>
        [.. (await DirectReaders.PacketStates(cluster.Connection)).Where(packet => packet.Value != "open").Select(packet => packet.Key)];

    // A share that a lost run granted: repair pays it, and the packet remembers it.
    private static async Task PayAShare(Cluster cluster, string packet)
    {
        DirectReaders.Execute(cluster.Ledger, $"""
            INSERT INTO parked (
                shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at, lost_run)
            VALUES (0, '{packet}', 2, 1, 'late', 1, 'g {packet} 1 late 1 1790000000000', 'conflict', 'staged', 1, 1, 'lost')
            """);
        await Eventually.Holds(() => DirectReaders.AdjustedShares(cluster.Ledger).Count == 1, Drill.Recovery, "the share is paid");
    }

    // Packets that closed after the backup stay in Redis, as with a Packets:Retain that is longer than the time between
    // two backups.
    private static async Task ArchiveThoseInTheBackup(Cluster cluster, Stopwatch since)
    {
        await cluster.Reconciler.Stop();
        cluster.Reconciler.Launch(("Packets:Retain", $"{TimeSpan.FromSeconds(Math.Floor(since.Elapsed.TotalSeconds) - 1):c}"));
        await Eventually.Holds(() => DirectReaders.ArchivedPackets(cluster.Ledger).Count > 0, Drill.Recovery, "packets are archived");
        await cluster.Reconciler.Stop();
    }

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
