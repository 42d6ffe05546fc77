using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Drills.Faults;

/// <summary>
/// Shards on a Redis Cluster of three primaries, each with a replica. A primary changes, dies, or hands a slot on.
/// </summary>
internal static class RedisClusterDrills
{
    private const int Shards = 6;
    private const int PacketsOfSlot = 1000;
    private const int Callers = 32;
    private const int ShortLived = 60;

    // Each is on another primary of a new cluster.
    private static readonly int[] s_shardOfEach = [0, 1, 3];
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_heldFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromMilliseconds(100);
    private static readonly Topology s_sixShards = Topology.OnePerRole.With(("Packets:Shards", "6"));

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("cluster-failover", "each primary of a Redis Cluster changes places with its replica (CLUSTER FAILOVER)",
            "A planned failover refuses nobody (promises 1, 3, 8).", PlannedFailover),
        new("cluster-slot-moved", "a slot with 1000 packets moves to another primary of a Redis Cluster, key by key",
            "A slot that is served again within 2 s refuses nobody (promises 1, 3, 8).", SlotMoved),
        new("cluster-master-killed", "primaries of a Redis Cluster are killed (SIGKILL), and their replicas take over",
            "Calls are refused until the cluster has another primary and 1 s longer, and every lost share is named (promises 1 to 4, 8).",
            PrimaryKilled),
        new("shard-unreachable", "each primary of a Redis Cluster and its replica are silent for a while (SIGSTOP)",
            "The shards of the others are served, closed, archived and settled meanwhile (promise 8).", Unreachable),
    ];

    private static LoadPlan Plan(int seed) =>
        LoadPlan.Moderate(seed) with { OpenPackets = 24, Shares = 60, AmountFen = 6000 };

    private static async Task PlannedFailover(DrillContext context)
    {
        var (cluster, redis) = await context.DeployOnCluster(s_sixShards);
        await context.RunUnderLoad(cluster, async client =>
        {
            await HouseDrills.AllSend(cluster, Shards);
            var refused = Refused(client);
            for (var round = 1; round <= context.Rounds; round++)
            {
                foreach (var shard in s_shardOfEach)
                {
                    await context.PauseUpTo(s_between);
                    context.Say(Text($"round {round} of {context.Rounds}, the primary of shard {shard} changes"));
                    await redis.FailOver((await redis.ReplicasOf(await redis.PrimaryOf(Meta(shard))))[0]);
                    await Serves(context, client, shard);
                }
            }
            Assert.Equal(refused, Refused(client));
        }, Plan(context.Seed));
    }

    private static async Task SlotMoved(DrillContext context)
    {
        var (cluster, redis) = await context.DeployOnCluster(Topology.OnePerRole.With(("Packets:Shards", "2")));
        using var client = cluster.Client(Plan(context.Seed));
        await Parallel.ForEachAsync(Enumerable.Range(0, 2 * PacketsOfSlot), new ParallelOptions { MaxDegreeOfParallelism = Callers },
            async (slot, stop) => await client.SendNew(slot, stop));
        await using var watch = new VerdictWatch(cluster);
        await context.Load(client, async () =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                foreach (var shard in new[] { 0, 1 })
                {
                    await context.PauseUpTo(s_between);
                    var from = await redis.PrimaryOf(Meta(shard));
                    // A new cluster's first nodes are its primaries, and nobody changes that here.
                    RedisServer[] others = [.. redis.Nodes.Take(redis.Nodes.Count / 2).Where(node => node != from)];
                    var to = others[context.Random.Next(others.Length)];
                    var refused = Refused(client);
                    var started = Stopwatch.StartNew();
                    var keys = await redis.MoveSlot(redis.SlotOf(Meta(shard)), from, to);
                    context.Say(Text($"shard {shard} with {keys} keys has moved within {started.Elapsed.TotalSeconds:0.00} s"));
                    await Serves(context, client, shard);
                    // Calls wait for 2 s. On a busy machine the move alone may take longer.
                    if (started.Elapsed < s_heldFor || Drill.Long)
                        Assert.Equal(refused, Refused(client));
                }
            }
        });
        await context.Compare(cluster, client, alarms: watch.Alarms);
    }

    private static async Task PrimaryKilled(DrillContext context)
    {
        var (cluster, redis) = await context.DeployOnCluster(s_sixShards);
        var (late, elsewhere) = (0, 0);
        await context.RunUnderLoad(cluster, async client =>
        {
            await HouseDrills.AllSend(cluster, Shards);
            for (var round = 0; round < context.Rounds; round++)
            {
                var shard = s_shardOfEach[round % s_shardOfEach.Length];
                await context.PauseUpTo(s_between);
                var primary = await redis.PrimaryOf(Meta(shard));
                var heir = (await redis.ReplicasOf(primary))[0];
                var shards = await ShardsOf(redis, primary);
                elsewhere -= RefusedOutside(client, shards);
                var killed = Stopwatch.StartNew();
                await primary.Kill();
                await Eventually.Pause(s_lastAnswers);
                client.Record.Forgettable.MarkAll(client.Record, packetId => shards.Contains(ShardOf(packetId)));
                await Eventually.Holds(async () => await redis.PrimaryOf(Meta(shard)) == heir, what: "the replica takes over");
                context.Say(Text($"the primary of {shards.Count} shards was killed, replaced after {killed.Elapsed.TotalSeconds:0.0} s"));
                await Eventually.Pause(TimeSpan.FromSeconds(1));
                var refused = client.Record.Unavailable;
                await Serves(context, client, shard);
                await Eventually.Pause(Drill.Calm);
                late += client.Record.Unavailable - refused;
                elsewhere += RefusedOutside(client, shards);
                await primary.Start();
                await redis.IsWhole();
            }
        }, Plan(context.Seed), new Allowance(Late: true));
        context.Say(Text($"{late} refused later than 1 s after the replica took over, {elsewhere} grabs in shards of other primaries"));
        Assert.Equal(0, elsewhere);
        Assert.True(late == 0 || !Drill.Long, $"{late} calls were refused later than 1 s after the replica took over");
    }

    private static async Task Unreachable(DrillContext context)
    {
        var (cluster, redis) = await context.DeployOnCluster(s_sixShards.With(
            ("Packets:Retain", "00:00:02"), ("Packets:MinExpiry", "00:00:01"), ("Packets:SweepEvery", "00:00:00.1")));
        // Else the replica, which may lack the last shares, would take over when both are back.
        foreach (var node in redis.Nodes)
            await node.Server.ConfigSetAsync("cluster-replica-no-failover", "yes");
        // The load never empties its packets, so only those are archived that are sent to expire.
        var plan = Plan(context.Seed) with { Shares = 2000, AmountFen = 200_000, Users = 100_000 };
        await context.RunUnderLoad(cluster, async client =>
        {
            await HouseDrills.AllSend(cluster, Shards);
            // One of each shard, and none that expires.
            string[] open = [.. client.Record.PacketIds.DistinctBy(ShardOf)];
            foreach (var shard in s_shardOfEach)
            {
                var primary = await redis.PrimaryOf(Meta(shard));
                var away = await ShardsOf(redis, primary);
                RedisServer[] silent = [primary, .. await redis.ReplicasOf(primary)];
                var refused = RefusedOutside(client, away);
                foreach (var server in silent)
                    server.Pause();
                try
                {
                    await OthersWork(
                        context, cluster, client, away, [.. open.Where(packetId => !away.Contains(ShardOf(packetId)))]);
                }
                finally
                {
                    foreach (var server in silent)
                        server.Resume();
                }
                Assert.Equal(refused, RefusedOutside(client, away));
                await redis.IsWhole();
                await Serves(context, client, open.Single(packetId => ShardOf(packetId) == shard));
            }
        }, plan);
    }

    // Sends, grabs, settles, closes and archives packets of the shards that are there.
    private static async Task OthersWork(
        DrillContext context, Cluster cluster, LoadClient client, HashSet<int> away, string[] open)
    {
        var user = Text($"probe{away.Min()}");
        var silence = Stopwatch.StartNew();
        foreach (var packetId in open)
            Assert.True(await client.Grab(packetId, user), $"packet {packetId} was not served: {client.LastRefusal}");
        context.Say(Text($"{away.Count} shards are silent, the others are served after {silence.Elapsed.TotalSeconds:0.0} s"));
        using var limit = new CancellationTokenSource(s_sendLimit);
        var sent = await Task.WhenAll(Enumerable.Range(0, ShortLived).Select(
            slot => client.SendNew(slot, limit.Token, expiresInSeconds: 1)));
        string[] made = [.. sent.OfType<string>()];
        Assert.Equal(Enumerable.Range(0, Shards).Except(away), made.Select(ShardOf).Distinct().Order());
        await Eventually.Holds(() => open.Except(
            DirectReaders.LedgerShares(cluster.Ledger).Where(share => share.UserId == user).Select(share => share.PacketId)).Any() is false,
            Drill.Recovery, "the grabs of the others are in the ledger");
        await Eventually.Holds(
            () => made.Except(DirectReaders.ArchivedPackets(cluster.Ledger)).Any() is false, Drill.Recovery,
            "the packets of the others are closed, refunded and archived");
        context.Say(Text($"settled, closed and archived after {silence.Elapsed.TotalSeconds:0.0} s"));
        if (silence.Elapsed < Drill.Outage)
            await Eventually.Pause(Drill.Outage - silence.Elapsed);
    }

    private static async Task<HashSet<int>> ShardsOf(RedisCluster redis, RedisServer primary)
    {
        HashSet<int> shards = [];
        for (var shard = 0; shard < Shards; shard++)
        {
            if (await redis.PrimaryOf(Meta(shard)) == primary)
                shards.Add(shard);
        }
        return shards;
    }

    private static int RefusedOutside(LoadClient client, HashSet<int> shards) => client.Record.RefusedGrabs
        .Where(packet => !shards.Contains(ShardOf(packet.Key))).Sum(packet => packet.Value);

    private static (int Unavailable, int Unanswered) Refused(LoadClient client) =>
        (client.Record.Unavailable, client.Record.Unknown);

    private static Task Serves(DrillContext context, LoadClient client, int shard) =>
        Serves(context, client, client.Record.PacketIds.Last(id => ShardOf(id) == shard));

    private static async Task Serves(DrillContext context, LoadClient client, string packetId)
    {
        var watch = Stopwatch.StartNew();
        var refused = client.Record.Unavailable;
        await Eventually.Holds(() => client.Grab(packetId, "probe"), Drill.Recovery, $"packet {packetId} is served");
        context.Say(Text($"it serves after {watch.Elapsed.TotalSeconds:0.00} s, {client.Record.Unavailable - refused} refused"));
    }

    private static int ShardOf(string packetId) => int.Parse(packetId.Split('-')[0], CultureInfo.InvariantCulture);

    private static string Meta(int shard) => Text($"{{{shard}}}:meta");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
