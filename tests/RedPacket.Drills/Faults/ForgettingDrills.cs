using Microsoft.Data.Sqlite;

namespace RedPacket.Drills.Faults;

/// <summary>
/// Redis comes back empty, or older than the ledger. When everything was settled before, nothing is lost. Under load,
/// shares that only Redis had may be lost. Then no share is granted twice, and the drill names every lost share.
/// </summary>
internal static class ForgettingDrills
{
    private const string Quiet = "Everything is in the ledger, so packets, winners and answers stay the same (promises 1, 2, 3).";
    private const string Busy = "No share is granted twice, no user wins twice, and every lost share is named (promises 1 to 4).";

    // An answer from before the damage may still arrive within this time. The gate opens much later.
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_gathered = TimeSpan.FromSeconds(1);
    private static readonly Topology s_everySecond = Topology.OnePerRole with { Fsync = "everysec" };

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("aof-cut-quiet", "Redis is stopped when all is settled, and its append-only file loses its end", Quiet, AofCutWhenQuiet),
        new("aof-cut-under-load", "Redis (appendfsync everysec) is killed under load, and its append-only file loses its end", Busy,
            AofCutUnderLoad),
        new("flushall-quiet", "FLUSHALL when all is settled", Quiet,
            context => WhenQuiet(context, "FLUSHALL when all is settled", cluster => cluster.Redis.Flush())),
        new("flushall-under-load", "FLUSHALL under load, also while chunks wait in the queue", Busy, FlushUnderLoad, SqliteOnly: true),
        new("redis-restored", "a backup of Redis's data, older than the ledger, is restored", Quiet, Restored),
        new("key-lost", "Redis comes back without its Idempotency-Keys", Quiet,
            context => WhenQuiet(context, "Redis has lost its Idempotency-Keys when all is settled", LoseKeys)),
        new("replica-promoted", "Redis dies under load, and a replica that lagged behind takes its place", Busy, ReplicaPromoted),
    ];

    private static async Task AofCutWhenQuiet(DrillContext context)
    {
        foreach (var bytes in new[] { 200, 20_000 })
            await WhenQuiet(context, $"the last {bytes} bytes of the append-only file are cut off when all is settled", async cluster =>
            {
                await cluster.Redis.Stop();
                RedisFiles.CutTail(cluster.Redis.Data, bytes);
                await cluster.Redis.Start();
            });
    }

    private static async Task AofCutUnderLoad(DrillContext context)
    {
        foreach (var bytes in new[] { 200, 20_000 })
        {
            var fault = $"Redis is killed, and the last {bytes} bytes of its append-only file are cut off";
            await UnderLoad(context, s_everySecond, fault, async (cluster, client) =>
            {
                await cluster.Redis.Kill();
                RedisFiles.CutTail(cluster.Redis.Data, bytes);
                await MarkForgettable(context, client);
                await cluster.Redis.Start();
            });
        }
    }

    private static async Task FlushUnderLoad(DrillContext context)
    {
        await UnderLoad(context, Topology.OnePerRole, "FLUSHALL under load", async (cluster, client) =>
        {
            await cluster.Redis.Flush();
            await MarkForgettable(context, client);
        });
        const string before = "FLUSHALL under load while chunks wait in the queue, settled before the gate opens";
        await UnderLoad(context, Topology.OnePerRole, before, async (cluster, client) =>
        {
            await FlushWithChunksWaiting(context, cluster, client);
            cluster.Settler.Resume();
        });
        if (!Drill.Long)
            return;
        const string after = "FLUSHALL under load while chunks wait in the queue, settled after the gate opened";
        await UnderLoad(context, Topology.OnePerRole, after, async (cluster, client) =>
        {
            await FlushWithChunksWaiting(context, cluster, client);
            await context.WaitForAnswers(client);
            cluster.Settler.Resume();
        }, new Allowance(Inconsistent: true, Late: true));
    }

    private static async Task Restored(DrillContext context)
    {
        using var backup = new Folder("redis-backup");
        await WhenQuiet(context, "a backup of Redis's data, older than the ledger, is restored when all is settled", async cluster =>
        {
            await cluster.Redis.Stop();
            RedisFiles.Restore(cluster.Redis.Data, backup.Root);
            await cluster.Redis.Start();
        }, cluster => RedisFiles.Backup(cluster.Redis.Data, backup.Root));
    }

    private static async Task ReplicaPromoted(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.OnePerRole);
        await using var replica = await RedisReplica.Of(cluster.Redis);
        await context.RunUnderLoad(cluster, async client =>
        {
            await replica.CutOff();
            context.Say("the replica is cut off");
            await Eventually.Pause(Drill.Calm);
            await cluster.Redis.Kill();
            await MarkForgettable(context, client);
            await replica.TakePlaceOf(cluster.Redis);
            await context.WaitForAnswers(client);
        });
        await context.EndDeployments();
    }

    private static async Task LoseKeys(Cluster cluster)
    {
        await cluster.Redis.Stop();
        await cluster.Redis.Start();
        await foreach (var key in cluster.Redis.Server.KeysAsync(pattern: "{*}:k:*"))
            await cluster.Redis.Database.KeyDeleteAsync(key);
        await cluster.Redis.ChangeReplicationId();
    }

    // Load, everything settled, the damage, load again.
    private static async Task WhenQuiet(DrillContext context, string fault, Func<Cluster, Task> damage,
        Action<Cluster>? duringLoad = null)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await DamageWhenQuiet(context, cluster, fault, damage, duringLoad);
        await context.EndDeployments();
    }

    private static async Task DamageWhenQuiet(
        DrillContext context, Cluster cluster, string fault, Func<Cluster, Task> damage, Action<Cluster>? duringLoad)
    {
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await using var watch = new VerdictWatch(cluster);
        await context.Load(client, async () =>
        {
            await WaitForWins(client);
            duringLoad?.Invoke(cluster);
        });
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, "before the damage");
        await damage(cluster);
        context.Say(fault);
        await context.AskAgain(client);
        await context.Load(client, () => context.WaitForAnswers(client));
        await context.Compare(cluster, client, faultText: fault, alarms: watch.Alarms);
    }

    private static async Task UnderLoad(
        DrillContext context, Topology topology, string fault, Func<Cluster, LoadClient, Task> damage, Allowance? allowed = null)
    {
        var cluster = await context.Deploy(topology);
        await context.RunUnderLoad(cluster, async client =>
        {
            await WaitForWins(client);
            await context.PauseUpTo(Drill.Calm);
            context.Say(fault);
            await damage(cluster, client);
            await context.WaitForAnswers(client);
        }, allowed: allowed, faultText: fault);
        await context.EndDeployments();
    }

    private static Task WaitForWins(LoadClient client) =>
        Eventually.Holds(() => client.Record.Won.Count > 50, Drill.Recovery, "shares were won");

    private static async Task MarkForgettable(DrillContext context, LoadClient client)
    {
        await Eventually.Pause(s_lastAnswers);
        client.Record.Forgettable.MarkAll(client.Record);
        context.Say($"{client.Record.Won.Count} shares were confirmed before the damage");
    }

    // The caller resumes settling within two heartbeats, or the broker closes its connection and the gate opens without
    // it.
    private static async Task FlushWithChunksWaiting(DrillContext context, Cluster cluster, LoadClient client)
    {
        await PauseSettling(cluster);
        await Eventually.Pause(s_gathered);
        await cluster.Redis.Flush();
        await MarkForgettable(context, client);
        // Asking the broker takes seconds under load. Settling is paused, so these chunks waited before the flush. Two
        // may be the gate's fences.
        await Eventually.Yields(cluster.Rabbit.Queues, queues => queues.Values.Sum() > 2, what: "chunks wait in the queue");
    }

    // A process paused inside a transaction keeps SQLite's lock, and then the gate waits for the ledger.
    private static Task PauseSettling(Cluster cluster) => Eventually.Holds(() =>
    {
        cluster.Settler.Pause();
        try
        {
            using var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False;Default Timeout=1");
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: false);
            transaction.Rollback();
            return true;
        }
        catch (SqliteException)
        {
            cluster.Settler.Resume();
            return false;
        }
    }, what: "settling is paused between two transactions");
}
