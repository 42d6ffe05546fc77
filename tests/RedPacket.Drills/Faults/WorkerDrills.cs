using System.Diagnostics;
using System.Globalization;
using System.Text;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>One of two workers hangs: it holds messages and says nothing. The other takes over; when the first wakes, its late work changes nothing.</summary>
internal static class WorkerDrills
{
    private static readonly TimeSpan s_takenOver = TimeSpan.FromSeconds(20);
    private static readonly Topology s_two = new([new Member("grab"), new Member("relay"), new Member("settle"), new Member("settle"), new Member("reconcile")]);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("hung-worker", "one of two settling processes is stopped (SIGSTOP) under load, and wakes much later",
            "What it held is settled by the other within 20 s; if it was stopped inside a transaction of a SQLite ledger, the other says that it waits for that lock (promises 4, 7).",
            async stage =>
            {
                var cluster = await stage.Deploy(s_two);
                await stage.Under(cluster, client => Hung(stage, cluster, waitsForLock: true));
            }),
        new("hung-worker-postgres", "the same with the ledger on PostgreSQL", "What it held is settled by the other within 20 s, which never pauses (promises 4, 7).", async stage =>
        {
            var cluster = await stage.Deploy(s_two with { Ledger = await (await stage.Postgres()).NewDatabase() });
            await stage.Under(cluster, client => Hung(stage, cluster, waitsForLock: false));
        }),
        new("half-open", "the network between one of two settling processes and RabbitMQ swallows everything, and no side is told",
            "What it held is settled by the other within 20 s (promises 4, 7).", async stage =>
            {
                await using var proxy = new TcpProxy(new Uri(stage.Rabbit.ConnectionString).Port);
                var through = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{proxy.Port}/");
                var behind = new Member("settle", Settings: new Dictionary<string, string> { ["ConnectionStrings:RabbitMq"] = through });
                var cluster = await stage.Deploy(s_two with { Members = [.. s_two.Members.Take(3), behind, s_two.Members[^1]] });
                await stage.Under(cluster, async _ =>
                {
                    var mark = await Mark(cluster);
                    proxy.BlackHole();
                    stage.Say("the network swallows everything");
                    await TakenOver(stage, cluster, mark);
                    proxy.Heal();
                });
            }),
        new("hung-relay", "one of two relays is stopped (SIGSTOP) under load, and wakes when the other has its lease",
            "The other takes over when the lease has run out; what both send is recorded once (promises 4, 7).", async stage =>
            {
                var cluster = await stage.Deploy(new Topology([new Member("grab"), new Member("relay"), new Member("relay"), new Member("settle"), new Member("reconcile")]));
                await stage.Under(cluster, async _ =>
                {
                    var holder = await Holder(cluster);
                    holder.Pause();
                    stage.Say("the relay with the lease is stopped");
                    await TakenOver(stage, cluster, await Mark(cluster));
                    holder.Resume();
                });
            }),
        new("rabbitmq-paused", "RabbitMQ is silent for 10 s (SIGSTOP)", "No grab notices; nothing is sent or settled twice to any effect (promises 4, 7).", async stage =>
        {
            var cluster = await stage.Deploy(Topology.Deployed);
            await stage.Under(cluster, async client =>
            {
                stage.Rabbit.Pause();
                await stage.Unnoticed(client, TimeSpan.FromSeconds(10));
                stage.Rabbit.Resume();
            });
        }),
    ];

    private static async Task Hung(DrillContext stage, Cluster cluster, bool waitsForLock)
    {
        var (hung, other) = (cluster.Having("settle")[0], cluster.Having("settle")[1]);
        await stage.Moment(TimeSpan.FromSeconds(1));
        hung.Pause();
        stage.Say("one of two settling processes is stopped");
        try
        {
            var mark = await Mark(cluster);
            if (!waitsForLock || !await SaysItWaits(cluster, other))
                await TakenOver(stage, cluster, mark);
            else
                stage.Say("it was stopped inside a transaction: the other says that the ledger is locked");
        }
        finally
        {
            hung.Resume();
        }
    }

    /// <summary>The newest delivery number: what stands in the outbox up to it was granted before.</summary>
    private static async Task<double> Mark(Cluster cluster)
    {
        var last = await cluster.Redis.Database.SortedSetRangeByRankWithScoresAsync("{0}:out", -1, -1);
        return last.Length == 0 ? 0 : last[0].Score;
    }

    private static async Task TakenOver(DrillContext stage, Cluster cluster, double mark)
    {
        var took = Stopwatch.StartNew();
        await Eventually.Holds(async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out", 0, mark) == 0, s_takenOver, "what was granted before the fault is in the ledger");
        stage.Say(string.Create(CultureInfo.InvariantCulture, $"what was granted before the fault is in the ledger after {took.Elapsed.TotalSeconds:0.0} s"));
    }

    // A lock that is only waited for in turn is not said: it has to last.
    private static async Task<bool> SaysItWaits(Cluster cluster, ServiceProcess other)
    {
        var asked = Stopwatch.StartNew();
        while (asked.Elapsed < TimeSpan.FromSeconds(4))
        {
            var (_, body) = await cluster.Call(other, HttpMethod.Get, "/health/ready", "olga");
            if (Encoding.UTF8.GetString(body).Contains("locked", StringComparison.Ordinal))
                return true;
            await Eventually.Pause(TimeSpan.FromMilliseconds(200));
        }
        return false;
    }

    private static async Task<ServiceProcess> Holder(Cluster cluster)
    {
        var lease = (string)(await cluster.Redis.Database.StringGetAsync("{0}:relay"))!;
        return cluster.Having("relay").Single(relay => lease.Contains(string.Create(CultureInfo.InvariantCulture, $"-{relay.Id}-"), StringComparison.Ordinal));
    }
}
