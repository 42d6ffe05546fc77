using System.Globalization;
using System.Text;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>
/// The whole service in one process (the demo program, on real Redis and RabbitMQ) dies at each of its crash points in turn, as by kill -9, and is
/// started again. A point that is not reached fails the drill.
/// </summary>
internal static class CrashPointDrill
{
    private static readonly TimeSpan s_reached = TimeSpan.FromSeconds(60);
    private static readonly Topology s_layout = Topology.OneDemo.With(("Packets:MinExpiry", "00:00:01"), ("Reconciliation:RepairInterval", "00:00:00.5"));

    /// <summary>Each point, and how it is reached; the number is the highest pass at which it may be.</summary>
    private static readonly IReadOnlyList<(string Point, int Passes, Func<DrillContext, string, string, Task> Reach)> s_points =
    [
        ("key-claimed", 4, UnderLoad), ("packet-made", 4, UnderLoad), ("grabs-granted", 300, UnderLoad), ("publishing", 20, UnderLoad), ("unconfirmed", 20, UnderLoad),
        ("confirmed", 20, UnderLoad), ("committing", 20, UnderLoad), ("committed", 20, UnderLoad), ("acknowledged", 20, UnderLoad), ("refunded", 4, AtExpiry),
        ("replay-audited", 1, AtReplay), ("replay-put-back", 1, AtReplay), ("repair-audited", 1, AtRepair), ("repair-put-back", 2, AtRepair),
        ("gate-begun", 1, AtOpening), ("gate-run-begun", 1, AtOpening), ("gate-between-packets", 3, AtOpening), ("gate-scripts-loaded", 1, AtOpening), ("gate-opened", 1, AtOpening),
        ("archive-marked", 4, AtArchive), ("archive-deleted", 4, AtArchive),
    ];

    /// <summary>The names of the points it goes through.</summary>
    public static IEnumerable<string> Points => s_points.Select(point => point.Point);

    public static Drill Drill { get; } = new("crash-points", "the process dies (SIGKILL) at a named point between two steps, and is started again",
        "Wherever a process dies, what was answered is kept, and nothing is done twice (promises 1 to 5).", async stage =>
        {
            foreach (var (point, passes, reach) in s_points)
                await Reach(stage, point, passes, reach);
        }, SqliteOnly: true);

    /// <summary>One point only.</summary>
    public static Drill At(string name)
    {
        var (point, passes, reach) = s_points.Single(each => each.Point == name);
        return Drill with { Act = stage => Reach(stage, point, passes, reach) };
    }

    private static async Task Reach(DrillContext stage, string point, int passes, Func<DrillContext, string, string, Task> reach)
    {
        var pass = stage.Random.Next(1, passes + 1);
        var words = string.Create(CultureInfo.InvariantCulture, $"killed at {point}, pass {pass}");
        stage.Say(words);
        try
        {
            await reach(stage, string.Create(CultureInfo.InvariantCulture, $"{point}:{pass}"), words);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.SkipException)
        {
            stage.Add(new DrillOutcome(Drill.Name, words, stage.Seed, null, 0, 0, null, [$"{exception.GetType().Name}: {exception.Message}"]));
        }
        await stage.StrikeAll();
    }

    private static Task UnderLoad(DrillContext stage, string crashAt, string words) => DiesUnder(stage, crashAt, words, LoadPlan.Moderate(stage.Seed));

    private static Task AtExpiry(DrillContext stage, string crashAt, string words) => DiesUnder(stage, crashAt, words, LoadPlan.Moderate(stage.Seed) with { ExpiresInSeconds = 2 });

    private static async Task DiesUnder(DrillContext stage, string crashAt, string words, LoadPlan plan)
    {
        var cluster = await stage.Prepare(s_layout);
        cluster.Desk.Launch(("Demo:CrashAt", crashAt));
        await cluster.Desk.Ready();
        await stage.Under(cluster, async _ =>
        {
            await Dies(cluster, crashAt);
            await cluster.Desk.Start();
        }, plan, faultInWords: words);
    }

    // Refused by the ledger for a reason that is then taken away: parked, and replayed.
    private static async Task AtReplay(DrillContext stage, string crashAt, string words)
    {
        var cluster = await stage.Prepare(s_layout);
        await cluster.Desk.Start();
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        DirectReaders.Execute(cluster.Ledger, "CREATE TRIGGER refuse BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal = 3 BEGIN SELECT RAISE(ABORT, 'refused by the drill'); END");
        await stage.Load(client, () => Eventually.Holds(() => DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM parked") > 1, Drill.Recovery, "entries are parked"));
        DirectReaders.Execute(cluster.Ledger, "DROP TRIGGER refuse");
        await cluster.Desk.Kill();
        cluster.Desk.Launch(("Demo:CrashAt", crashAt));
        await cluster.Desk.Ready();
        await Assert.ThrowsAsync<HttpRequestException>(() => Replay(cluster));
        await Dies(cluster, crashAt);
        await cluster.Desk.Start();
        await Replay(cluster);
        await stage.Compare(cluster, client, new Allowance(Inconsistent: true), words);
    }

    // An outbox that was lost while nothing repaired it.
    private static async Task AtRepair(DrillContext stage, string crashAt, string words)
    {
        var cluster = await stage.Prepare(s_layout);
        cluster.Desk.Launch(("RedPacket:Roles", "grab,reconcile"), ("Reconciliation:Repair", "false"));
        await cluster.Desk.Ready();
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        await stage.Load(client, () => Task.CompletedTask);
        await cluster.Redis.Database.KeyDeleteAsync("{0}:out");
        await cluster.Desk.Kill();
        cluster.Desk.Launch(("Demo:CrashAt", crashAt));
        await Dies(cluster, crashAt);
        await cluster.Desk.Start();
        await stage.Load(client, () => Task.CompletedTask);
        await stage.Compare(cluster, client, new Allowance(Inconsistent: true), words);
    }

    // Redis has lost everything when all was settled: the gate's opening writes the packets from the ledger.
    private static async Task AtOpening(DrillContext stage, string crashAt, string words)
    {
        var cluster = await stage.Prepare(s_layout);
        await cluster.Desk.Start();
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        await stage.Load(client, () => Task.CompletedTask);
        await stage.AskAgain(client);
        await Drill.Consistent(cluster.Report, words);
        await cluster.Desk.Kill();
        await cluster.Redis.Flush();
        cluster.Desk.Launch(("Demo:CrashAt", crashAt));
        await Dies(cluster, crashAt);
        await cluster.Desk.Start();
        await stage.Load(client, () => Task.CompletedTask);
        await stage.Compare(cluster, client, faultInWords: words);
    }

    // Packets that expired and were settled: from then on Redis need not know them.
    private static async Task AtArchive(DrillContext stage, string crashAt, string words)
    {
        var cluster = await stage.Prepare(s_layout);
        await cluster.Desk.Start();
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed) with { ExpiresInSeconds = 2 });
        await stage.Load(client, () => Task.CompletedTask);
        await stage.AskAgain(client);
        await Drill.Consistent(cluster.Report, words);
        await cluster.Desk.Kill();
        cluster.Desk.Launch(("Demo:CrashAt", crashAt), ("Packets:Retain", "00:00:01"));
        await Dies(cluster, crashAt);
        cluster.Desk.Launch(("Packets:Retain", "00:00:01"));
        await cluster.Desk.Ready();
        await Eventually.Holds(async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:live") == 0, Drill.Recovery, "everything is archived");
        await stage.Compare(cluster, client, new Allowance(Archived: true), words);
    }

    private static async Task Dies(Cluster cluster, string crashAt)
    {
        var words = await cluster.Desk.Died(s_reached);
        Assert.Contains($"Died at {crashAt.Replace(":", ", pass ", StringComparison.Ordinal)}", words, StringComparison.Ordinal);
    }

    private static async Task Replay(Cluster cluster)
    {
        using var all = new StringContent("""{"all":true}""", Encoding.UTF8, "application/json");
        var (status, body) = await cluster.Call(cluster.Desk, HttpMethod.Post, "/api/v1/parked/replays", "olga", asOperator: true, all);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(body)}");
    }
}
