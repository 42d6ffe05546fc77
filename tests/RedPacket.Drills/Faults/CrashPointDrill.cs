using System.Globalization;
using System.Text;

namespace RedPacket.Drills.Faults;

/// <summary>
/// The demo program runs the whole service on a real Redis and RabbitMQ. It dies at each crash point in turn, as by
/// kill -9, and starts again. The drill fails when a point is not reached.
/// </summary>
internal static class CrashPointDrill
{
    private const string Refuse = """
        CREATE TRIGGER refuse BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal = 3
        BEGIN SELECT RAISE(ABORT, 'refused by the drill'); END
        """;

    private static readonly Topology s_topology =
        Topology.OneDemo.With(("Packets:MinExpiry", "00:00:01"), ("Reconciliation:RepairInterval", "00:00:00.5"));

    /// <summary>Each point, how the drill reaches it, and the highest pass at which the process may die.</summary>
    private static readonly IReadOnlyList<(string Point, int Passes, Func<DrillContext, string, string, Task> Reach)> s_points =
    [
        ("packet-made", 4, UnderLoad), ("grabs-granted", 300, UnderLoad),
        ("publishing", 20, UnderLoad), ("unconfirmed", 20, UnderLoad), ("confirmed", 20, UnderLoad),
        ("committing", 20, UnderLoad), ("committed", 20, UnderLoad), ("acknowledged", 20, UnderLoad),
        ("refunded", 4, AtExpiry),
        ("announcing", 10, WhileFollowed), ("announced", 10, WhileFollowed),
        ("replay-audited", 1, AtReplay), ("replay-put-back", 1, AtReplay),
        ("repair-audited", 1, AtRepair), ("repair-put-back", 2, AtRepair),
        ("gate-begun", 1, AtOpening), ("gate-run-begun", 1, AtOpening), ("gate-between-packets", 3, AtOpening),
        ("gate-opened", 1, AtOpening),
        ("archive-marked", 4, AtArchive), ("archive-deleted", 4, AtArchive),
        ("raise-begun", 1, AtRaise), ("raise-told", 1, AtRaise), ("raise-opened", 1, AtRaise),
    ];

    /// <summary>The names of all points.</summary>
    public static IEnumerable<string> Points => s_points.Select(point => point.Point);

    public static Drill Drill { get; } = new("crash-points",
        "the process dies (SIGKILL) at a named point between two steps and starts again",
        "Wherever a process dies, every answer is kept, and nothing happens twice (promises 1 to 5).", async context =>
        {
            foreach (var (point, passes, reach) in s_points)
                await Reach(context, point, passes, reach);
        }, SqliteOnly: true);

    /// <summary>The drill for one point.</summary>
    public static Drill At(string name)
    {
        var (point, passes, reach) = s_points.Single(each => each.Point == name);
        return Drill with { Act = context => Reach(context, point, passes, reach) };
    }

    private static async Task Reach(DrillContext context, string point, int passes,
        Func<DrillContext, string, string, Task> reach)
    {
        var pass = context.Random.Next(1, passes + 1);
        var fault = string.Create(CultureInfo.InvariantCulture, $"killed at {point}, pass {pass}");
        context.Say(fault);
        try
        {
            await reach(context, string.Create(CultureInfo.InvariantCulture, $"{point}:{pass}"), fault);
        }
        catch (Exception exception) when (exception is not ServerMissingException)
        {
            string[] failures = [$"{exception.GetType().Name}: {exception.Message}"];
            context.Add(new DrillOutcome(Drill.Name, fault, context.Seed, null, 0, 0, null, failures));
        }
        await context.EndDeployments();
    }

    private static Task UnderLoad(DrillContext context, string crashAt, string fault) =>
        DieUnderLoad(context, crashAt, fault, LoadPlan.Moderate(context.Seed));

    // Where no queue is bound, hardly anything is announced.
    private static async Task WhileFollowed(DrillContext context, string crashAt, string fault)
    {
        await DieUnderLoad(context, crashAt, fault, LoadPlan.Moderate(context.Seed), () => context.Rabbit.Evaluate("""
            {Queue, Exchange} = {rabbit_misc:r(<<"/">>, queue, <<"follower">>), rabbit_misc:r(<<"/">>, exchange, <<"settled.v1">>)},
            rabbit_amqqueue:declare(Queue, true, false, [], none, <<"drill">>),
            rabbit_exchange:declare(Exchange, fanout, true, false, false, [], <<"drill">>),
            ok = rabbit_binding:add({binding, Exchange, <<>>, Queue, []}, <<"drill">>).
            """));
        Assert.True((await context.Rabbit.Queues())["follower"] > 0, "the follower's queue got announcements");
    }

    private static Task AtExpiry(DrillContext context, string crashAt, string fault) =>
        DieUnderLoad(context, crashAt, fault, LoadPlan.Moderate(context.Seed) with { ExpiresInSeconds = 2 });

    private static async Task DieUnderLoad(
        DrillContext context, string crashAt, string fault, LoadPlan plan, Func<Task>? before = null)
    {
        var cluster = await context.Prepare(s_topology);
        if (before is not null)
            await before();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt));
        await cluster.Reconciler.Ready();
        await context.RunUnderLoad(cluster, async _ =>
        {
            await WaitForDeath(cluster, crashAt);
            await cluster.Reconciler.Start();
        }, plan, faultText: fault);
    }

    // The ledger refuses entries, which are parked. The cause is removed, and the entries are replayed.
    private static async Task AtReplay(DrillContext context, string crashAt, string fault)
    {
        var cluster = await context.Prepare(s_topology);
        await cluster.Reconciler.Start();
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        DirectReaders.Execute(cluster.Ledger, Refuse);
        await context.Load(client, () => Eventually.Holds(
            () => DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM parked") > 1, Drill.Recovery, "entries are parked"));
        DirectReaders.Execute(cluster.Ledger, "DROP TRIGGER refuse");
        await cluster.Reconciler.Kill();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt));
        await cluster.Reconciler.Ready();
        await Assert.ThrowsAsync<HttpRequestException>(() => Replay(cluster));
        await WaitForDeath(cluster, crashAt);
        await cluster.Reconciler.Start();
        await Replay(cluster);
        await context.Compare(cluster, client, new Allowance(Inconsistent: true), fault);
    }

    // The outbox is lost while no process repairs it.
    private static async Task AtRepair(DrillContext context, string crashAt, string fault)
    {
        var cluster = await context.Prepare(s_topology);
        cluster.Reconciler.Launch(("RedPacket:Roles", "grab,reconcile"), ("Reconciliation:Repair", "false"));
        await cluster.Reconciler.Ready();
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await context.Load(client, () => Task.CompletedTask);
        await cluster.Redis.Database.KeyDeleteAsync("{0}:out");
        await cluster.Reconciler.Kill();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt));
        await WaitForDeath(cluster, crashAt);
        await cluster.Reconciler.Start();
        await context.Load(client, () => Task.CompletedTask);
        await context.Compare(cluster, client, new Allowance(Inconsistent: true), fault);
    }

    // Redis loses everything after all was settled. The gate's opening rebuilds the packets from the ledger.
    private static async Task AtOpening(DrillContext context, string crashAt, string fault)
    {
        var cluster = await context.Prepare(s_topology);
        await cluster.Reconciler.Start();
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await context.Load(client, () => Task.CompletedTask);
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, fault);
        await cluster.Reconciler.Kill();
        await cluster.Redis.Flush();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt));
        await WaitForDeath(cluster, crashAt);
        await cluster.Reconciler.Start();
        await context.Load(client, () => Task.CompletedTask);
        await context.Compare(cluster, client, faultText: fault);
    }

    // Expired and settled packets are archived, so Redis need not have them any more.
    private static async Task AtArchive(DrillContext context, string crashAt, string fault)
    {
        var cluster = await context.Prepare(s_topology);
        await cluster.Reconciler.Start();
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed) with { ExpiresInSeconds = 2 });
        await context.Load(client, () => Task.CompletedTask);
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, fault);
        await cluster.Reconciler.Kill();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt), ("Packets:Retain", "00:00:01"));
        await WaitForDeath(cluster, crashAt);
        cluster.Reconciler.Launch(("Packets:Retain", "00:00:01"));
        await cluster.Reconciler.Ready();
        await Eventually.Holds(
            async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:live") == 0, Drill.Recovery, "everything is archived");
        await context.Compare(cluster, client, new Allowance(Archived: true), fault);
    }

    // The process that raises the number of shards dies on the way, and the next one goes on.
    private static async Task AtRaise(DrillContext context, string crashAt, string fault)
    {
        var cluster = await context.Prepare(s_topology);
        await cluster.Reconciler.Start();
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await context.Load(client, () => Task.CompletedTask);
        await cluster.Reconciler.Kill();
        cluster.Reconciler.Launch(("Demo:CrashAt", crashAt));
        await cluster.Reconciler.Ready();
        await HouseDrills.Raise(cluster, 4, mayDie: true);
        await WaitForDeath(cluster, crashAt);
        await cluster.Reconciler.Start();
        await HouseDrills.InForce(cluster, 4);
        await context.Load(client, () => HouseDrills.AllSend(cluster, 4));
        await context.Compare(cluster, client, faultText: fault);
    }

    private static async Task WaitForDeath(Cluster cluster, string crashAt)
    {
        var output = await cluster.Reconciler.Died(Drill.Recovery);
        Assert.Contains($"Died at {crashAt.Replace(":", ", pass ", StringComparison.Ordinal)}", output, StringComparison.Ordinal);
    }

    private static async Task Replay(Cluster cluster)
    {
        using var all = new StringContent("""{"all":true}""", Encoding.UTF8, "application/json");
        var (status, body) = await cluster.Call(
            cluster.Reconciler, HttpMethod.Post, "/api/v1/parked/replays", "olga", asOperator: true, all);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(body)}");
    }
}
