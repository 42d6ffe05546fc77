using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RedPacket.Drills.Faults;

/// <summary>
/// One of two workers hangs with messages in flight. The other takes over, and the late work of the first changes
/// nothing.
/// </summary>
internal static class WorkerDrills
{
    private static readonly TimeSpan s_takeOverLimit = TimeSpan.FromSeconds(20);

    private static readonly Topology s_twoSettlers =
        new([new Member("grab"), new Member("relay"), new Member("settle"), new Member("settle"), new Member("reconcile")]);

    private static readonly Topology s_twoRelays =
        new([new Member("grab"), new Member("relay"), new Member("relay"), new Member("settle"), new Member("reconcile")]);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("hung-worker", "one of two settling processes is stopped (SIGSTOP) under load, and wakes much later",
            "The other settles its messages within 20 s, or says that it waits for the lock that the stopped one holds (promises 4, 7).",
            async context =>
            {
                var cluster = await context.Deploy(s_twoSettlers);
                await context.RunUnderLoad(cluster, client => Hung(context, cluster, waitsForLock: true));
            }),
        new("hung-worker-postgres", "the same with the ledger on PostgreSQL",
            "The other settles its messages within 20 s without a pause (promises 4, 7).", async context =>
            {
                var cluster = await context.Deploy(s_twoSettlers with { Ledger = await (await context.Postgres()).NewDatabase() });
                await context.RunUnderLoad(cluster, client => Hung(context, cluster, waitsForLock: false));
            }),
        new("half-open", "the network between one of two settling processes and RabbitMQ drops everything silently",
            "The other settles its messages within 20 s (promises 4, 7).", async context =>
            {
                await using var proxy = new TcpProxy(new Uri(context.Rabbit.ConnectionString).Port);
                var through = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{proxy.Port}/");
                var behind = new Member("settle", Settings: new Dictionary<string, string> { ["ConnectionStrings:RabbitMq"] = through });
                Member[] members = [.. s_twoSettlers.Members.Take(3), behind, s_twoSettlers.Members[^1]];
                var cluster = await context.Deploy(s_twoSettlers with { Members = members });
                await context.RunUnderLoad(cluster, async _ =>
                {
                    var last = await LastSeq(cluster);
                    proxy.BlackHole();
                    context.Say("the network drops everything");
                    await WaitForTakeOver(context, cluster, last);
                    proxy.Heal();
                });
            }),
        new("hung-relay", "one of two relays is stopped (SIGSTOP) under load, and wakes when the other has its lease",
            "The other takes over when the lease expires, and entries sent by both are recorded once (promises 4, 7).", async context =>
            {
                var cluster = await context.Deploy(s_twoRelays);
                await context.RunUnderLoad(cluster, async _ =>
                {
                    var holder = await LeaseHolder(cluster);
                    holder.Pause();
                    context.Say("the relay with the lease is stopped");
                    await WaitForTakeOver(context, cluster, await LastSeq(cluster));
                    holder.Resume();
                });
            }),
        new("two-settlers-lose-redis", "two settling processes lose Redis, one after the other, and get it back",
            "No grab notices, and every entry is recorded once (promises 4, 7).", SettlersLoseRedis),
        new("rabbitmq-paused", "RabbitMQ is silent for 10 s (SIGSTOP)",
            "No grab notices, and every entry is recorded once (promises 4, 7).", async context =>
            {
                var cluster = await context.Deploy(Topology.Deployed);
                await context.RunUnderLoad(cluster, async client =>
                {
                    context.Rabbit.Pause();
                    await context.ExpectUnnoticed(client, TimeSpan.FromSeconds(10));
                    context.Rabbit.Resume();
                });
            }),
    ];

    private static async Task SettlersLoseRedis(DrillContext context)
    {
        await using var redis = new RedisServer();
        await redis.Start();
        await using var first = new TcpProxy(redis.Port);
        await using var second = new TcpProxy(redis.Port);
        Member Behind(TcpProxy proxy) => new("settle", Settings: new Dictionary<string, string>
        {
            ["ConnectionStrings:Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{proxy.Port},abortConnect=false"),
        });
        Member[] members = [new("grab"), new("relay"), Behind(first), Behind(second), new("reconcile")];
        var cluster = await context.Deploy(new Topology(members, Redis: redis.ConnectionString));
        await context.RunUnderLoad(cluster, async client =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                // The first loses its answers silently: what it has recorded it cannot acknowledge. The second is
                // refused.
                first.BlackHole();
                context.Say("the first has lost Redis");
                await context.ExpectUnnoticed(client, Drill.Outage);
                second.Refuse();
                context.Say("both have lost Redis");
                await context.ExpectUnnoticed(client, Drill.Outage);
                first.Heal();
                context.Say("the first has Redis again");
                await context.ExpectUnnoticed(client, Drill.Outage);
                second.Heal();
            }
        });
    }

    private static async Task Hung(DrillContext context, Cluster cluster, bool waitsForLock)
    {
        var (hung, other) = (cluster.WithRole("settle")[0], cluster.WithRole("settle")[1]);
        await context.PauseUpTo(TimeSpan.FromSeconds(1));
        hung.Pause();
        context.Say("one of two settling processes is stopped");
        try
        {
            await WaitForTakeOver(context, cluster, await LastSeq(cluster), waitsForLock ? other : null);
        }
        finally
        {
            hung.Resume();
        }
    }

    /// <summary>The highest seq in the outbox. Entries up to it were granted before the fault.</summary>
    private static async Task<double> LastSeq(Cluster cluster)
    {
        var last = await cluster.Redis.Database.SortedSetRangeByRankWithScoresAsync("{0}:out", -1, -1);
        return last.Length == 0 ? 0 : last[0].Score;
    }

    // With a process that may wait for a lock, its word that the ledger is locked ends the wait too.
    private static async Task WaitForTakeOver(DrillContext context, Cluster cluster, double last,
        ServiceProcess? mayWait = null)
    {
        var watch = Stopwatch.StartNew();
        var isLocked = false;
        await Eventually.Holds(async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out", 0, last) == 0
            || (isLocked = mayWait is not null && await SaysItWaits(cluster, mayWait)),
            Drill.Within(s_takeOverLimit), "all grants from before the fault are in the ledger");
        context.Say(isLocked
            ? "it stopped inside a transaction, and the other says that the ledger is locked"
            : FormattableString.Invariant($"all grants from before the fault are in the ledger after {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    private static async Task<bool> SaysItWaits(Cluster cluster, ServiceProcess process)
    {
        var (_, body) = await cluster.Call(process, HttpMethod.Get, "/health/ready", "olga");
        return Encoding.UTF8.GetString(body).Contains("locked", StringComparison.Ordinal);
    }

    private static async Task<ServiceProcess> LeaseHolder(Cluster cluster)
    {
        var lease = (string)(await cluster.Redis.Database.StringGetAsync("{0}:relay"))!;
        return cluster.WithRole("relay").Single(
            relay => lease.Contains(string.Create(CultureInfo.InvariantCulture, $"-{relay.Id}-"), StringComparison.Ordinal));
    }
}
