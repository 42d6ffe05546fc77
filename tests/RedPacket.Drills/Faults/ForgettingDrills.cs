using Microsoft.Data.Sqlite;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>
/// Redis comes back older than the ledger, or empty. When all was settled, nothing is lost. Under load what only Redis knew may be gone: nothing is dealt twice,
/// and everything that nobody knows any more is named.
/// </summary>
internal static class ForgettingDrills
{
    private const string Quiet = "Everything is in the ledger, so nothing is lost: the same packets, winners and bytes (promises 1, 2, 3).";
    private const string Busy = "Nothing is dealt twice, and no user wins twice; what nobody knows any more is counted and named (promises 1 to 4).";

    // What a client may still hear from before the damage, long before the gate opens.
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_gathered = TimeSpan.FromSeconds(1);
    private static readonly Topology s_everySecond = Topology.Apart with { Fsync = "everysec" };

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("aof-cut-quiet", "Redis is stopped when all is settled, and its append-only file loses its end", Quiet, async stage =>
        {
            foreach (var bytes in new[] { 200, 20_000 })
                await WhenQuiet(stage, Topology.Deployed, $"the last {bytes} bytes of the append-only file are cut off when all is settled", async cluster =>
                {
                    await cluster.Redis.Stop();
                    RedisFiles.CutTail(cluster.Redis.Data, bytes);
                    await cluster.Redis.Start();
                });
        }),
        new("aof-cut-under-load", "Redis (appendfsync everysec) is killed under load, and its append-only file loses its end", Busy, async stage =>
        {
            foreach (var bytes in new[] { 200, 20_000 })
                await UnderLoad(stage, s_everySecond, $"Redis is killed, and the last {bytes} bytes of its append-only file are cut off", async (cluster, client) =>
                {
                    await cluster.Redis.Kill();
                    RedisFiles.CutTail(cluster.Redis.Data, bytes);
                    await Damaged(stage, client);
                    await cluster.Redis.Start();
                });
        }),
        new("flushall-quiet", "FLUSHALL when all is settled", Quiet, stage => WhenQuiet(stage, Topology.Deployed, "FLUSHALL when all is settled", cluster => cluster.Redis.Flush())),
        new("flushall-under-load", "FLUSHALL under load, also while chunks wait in the queue", Busy, async stage =>
        {
            await UnderLoad(stage, Topology.Apart, "FLUSHALL under load", async (cluster, client) =>
            {
                await cluster.Redis.Flush();
                await Damaged(stage, client);
            });
            // Stopped for some seconds only: the broker gives up a settling process that is silent for two heartbeats, and the gate does not wait until it is back.
            await UnderLoad(stage, Topology.Apart, "FLUSHALL under load while chunks wait in the queue, to be settled before the gate opens", async (cluster, client) =>
            {
                await FlushWithChunksWaiting(stage, cluster, client);
                cluster.Books.Resume();
            });
            if (Drill.Long)
                await UnderLoad(stage, Topology.Apart, "FLUSHALL under load while chunks wait in the queue, which are settled after the gate opened", async (cluster, client) =>
                {
                    await FlushWithChunksWaiting(stage, cluster, client);
                    await stage.Answers(client);
                    cluster.Books.Resume();
                }, new Allowance(Inconsistent: true, Late: true));
        }, SqliteOnly: true),
        new("redis-restored", "a backup of Redis's data, older than the ledger, is put back", Quiet, async stage =>
        {
            using var backup = new Folder("redis-backup");
            await WhenQuiet(stage, Topology.Deployed, "a backup of Redis's data, older than the ledger, is put back when all is settled", async cluster =>
            {
                await cluster.Redis.Stop();
                RedisFiles.Restore(cluster.Redis.Data, backup.Root);
                await cluster.Redis.Start();
            }, cluster => RedisFiles.Backup(cluster.Redis.Data, backup.Root));
        }),
        new("replica-promoted", "Redis dies under load, and a replica that lagged behind takes its place", Busy, async stage =>
        {
            var cluster = await stage.Deploy(Topology.Apart);
            await using var replica = await RedisReplica.Of(cluster.Redis);
            await stage.Under(cluster, async client =>
            {
                await replica.CutOff();
                stage.Say("the replica is cut off");
                await Eventually.Pause(Drill.Calm);
                await cluster.Redis.Kill();
                await Damaged(stage, client);
                await replica.TakePlaceOf(cluster.Redis);
                await stage.Answers(client);
            });
            await stage.StrikeAll();
        }),
    ];

    // Load, everything settled, the damage, load again.
    private static async Task WhenQuiet(DrillContext stage, Topology layout, string words, Func<Cluster, Task> damage, Action<Cluster>? midst = null)
    {
        await WhenQuiet(stage, await stage.Deploy(layout), words, damage, midst);
        await stage.StrikeAll();
    }

    private static async Task WhenQuiet(DrillContext stage, Cluster cluster, string words, Func<Cluster, Task> damage, Action<Cluster>? midst)
    {
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        await using var watch = new VerdictWatch(cluster);
        await stage.Load(client, async () =>
        {
            await Warm(client);
            midst?.Invoke(cluster);
        });
        await stage.AskAgain(client);
        await Drill.Consistent(cluster.Report, "before the damage");
        await damage(cluster);
        stage.Say(words);
        await stage.AskAgain(client);
        await stage.Load(client, () => stage.Answers(client));
        await stage.Compare(cluster, client, faultInWords: words, alarms: watch.Alarms);
    }

    private static async Task UnderLoad(DrillContext stage, Topology layout, string words, Func<Cluster, LoadClient, Task> damage, Allowance? allowed = null)
    {
        var cluster = await stage.Deploy(layout);
        await stage.Under(cluster, async client =>
        {
            await Warm(client);
            await stage.Moment(Drill.Calm);
            stage.Say(words);
            await damage(cluster, client);
            await stage.Answers(client);
        }, allowed: allowed, faultInWords: words);
        await stage.StrikeAll();
    }

    private static Task Warm(LoadClient client) => Eventually.Holds(() => client.Record.Won.Count > 50, Drill.Recovery, "shares were won");

    private static async Task Damaged(DrillContext stage, LoadClient client)
    {
        await Eventually.Pause(s_lastAnswers);
        client.Record.Doubts.Raise(client.Record);
        stage.Say($"{client.Record.Won.Count} shares were told before the damage");
    }

    private static async Task FlushWithChunksWaiting(DrillContext stage, Cluster cluster, LoadClient client)
    {
        await PauseSettling(cluster);
        await Eventually.Pause(s_gathered);
        await cluster.Redis.Flush();
        await Damaged(stage, client);
        // Nobody settles meanwhile, so they waited before; two may be the gate's fences. To ask the broker takes seconds under load.
        await Eventually.Yields(cluster.Rabbit.Queues, queues => queues.Values.Sum() > 2, what: "chunks wait in the queue");
    }

    // Not in the middle of a transaction: the stopped process would keep SQLite's lock, and the gate would wait for the ledger.
    private static Task PauseSettling(Cluster cluster) => Eventually.Holds(() =>
    {
        cluster.Books.Pause();
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
            cluster.Books.Resume();
            return false;
        }
    }, what: "settling is paused between two transactions");
}
