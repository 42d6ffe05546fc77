using System.Diagnostics;
using System.Globalization;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>What a drill is given: servers and processes, load, the comparison of the four views, and a voice.</summary>
internal sealed class DrillContext(Drill drill, RabbitServer rabbit, DrillOptions options, Action<string> say) : IAsyncDisposable
{
    /// <summary>A drill under which less was won has shown nothing.</summary>
    private const int Least = 100;
    private readonly List<Cluster> _clusters = [];
    private readonly List<DrillOutcome> _outcomes = [];
    private PostgresServer? _postgres;

    /// <summary>One per comparison.</summary>
    public IReadOnlyList<DrillOutcome> Outcomes => _outcomes;

    /// <summary>For every choice that a drill makes.</summary>
    public Random Random { get; } = new(options.Seed);

    public int Seed => options.Seed;

    /// <summary>How often a fault that is over in a moment is staged.</summary>
    public int Rounds => options.Rounds;

    public RabbitServer Rabbit => rabbit;

    /// <summary>Says what is happening now.</summary>
    public void Say(string what) => say(what);

    /// <summary>Puts down what the drill, or one of its parts, came to.</summary>
    public void Add(DrillOutcome outcome)
    {
        if (options.Postgres)
            outcome = outcome with { Fault = $"{outcome.Fault} (ledger on PostgreSQL)" };
        _outcomes.Add(outcome);
        Say(outcome.Passed ? "PASS" : $"FAIL: {outcome.Against}");
    }

    /// <summary>A PostgreSQL of this drill's own, started when first asked for.</summary>
    public async Task<PostgresServer> Postgres()
    {
        if (_postgres is null)
        {
            Installed.Require(Installed.Postgres);
            Say("starting PostgreSQL");
            _postgres = new PostgresServer();
            await _postgres.InitializeAsync();
        }
        return _postgres;
    }

    // Where the layout does not say, the options do.
    private async Task<Topology> WithLedger(Topology layout) =>
        options.Postgres && layout.Ledger is null ? layout with { Ledger = await (await Postgres()).NewDatabase() } : layout;

    /// <summary>Starts a deployment; it ends with the drill.</summary>
    public async Task<Cluster> Deploy(Topology layout)
    {
        Say($"starting Redis and {layout.Members.Count} processes: {string.Join(" | ", layout.Members.Select(member => member.Roles))}");
        var cluster = await Cluster.Start(rabbit, await WithLedger(layout));
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>Starts a deployment's servers only; the drill starts its processes.</summary>
    public async Task<Cluster> Prepare(Topology layout)
    {
        var cluster = await Cluster.Prepare(rabbit, await WithLedger(layout));
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>Ends all deployments before the drill is over, to begin with a new one.</summary>
    public async Task StrikeAll()
    {
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        _clusters.Clear();
    }

    /// <summary>A moment up to the given time, chosen by the seed.</summary>
    public Task Moment(TimeSpan atMost) => Eventually.Pause(atMost * Random.NextDouble());

    /// <summary>
    /// The usual drill: load, the fault in its midst, load again, everything asked again, the wait for CONSISTENT, the comparison. The report is
    /// read all the time and must never say INCONSISTENT, unless the drill expects it.
    /// </summary>
    public async Task Under(Cluster cluster, Func<LoadClient, Task> fault, LoadPlan? plan = null, Allowance? allowed = null, string? faultInWords = null)
    {
        using var client = cluster.Client(plan ?? LoadPlan.Moderate(Seed));
        await using var watch = new VerdictWatch(cluster);
        await Load(client, () => fault(client));
        var alarms = allowed is { Inconsistent: true } ? [] : watch.Alarms;
        await Compare(cluster, client, allowed, faultInWords, alarms);
    }

    /// <summary>Load before, during and after the fault.</summary>
    /// <param name="work">Another load than the client's usual one.</param>
    public async Task Load(LoadClient client, Func<Task> fault, Func<CancellationToken, Task>? work = null)
    {
        using var stop = new CancellationTokenSource();
        var load = (work ?? client.Run)(stop.Token);
        Say($"load started, seed {Seed}");
        try
        {
            await Eventually.Pause(Drill.Calm);
            await fault();
            Say("healed");
            await Eventually.Pause(Drill.Calm);
            await Eventually.Holds(() => client.Record.Won.Count > Least, Drill.Recovery, "enough shares were won to compare");
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
        Say(string.Create(CultureInfo.InvariantCulture, $"load stopped: {client.Record.Answered} answers, {client.Record.Unavailable} times 503, {client.Record.Unknown} unanswered"));
    }

    /// <summary>Asks everything again, waits for CONSISTENT, compares the four views and adds the outcome.</summary>
    /// <param name="alarms">What was seen on the way and should not have been.</param>
    public async Task Compare(Cluster cluster, LoadClient client, Allowance? allowed = null, string? faultInWords = null, IReadOnlyCollection<string>? alarms = null)
    {
        var healed = Stopwatch.StartNew();
        allowed ??= new Allowance();
        if (!allowed.Archived)
            await AskAgain(client, allowed.AskedAgain);
        Say("waiting for CONSISTENT");
        List<string> failures = [];
        var record = client.Record;
        var (seconds, views) = await Settled(cluster, record, healed, allowed, failures);
        Add(new DrillOutcome(drill.Name, faultInWords ?? drill.Fault, Seed, views, record.Unavailable, record.Unknown, seconds, [.. alarms ?? [], .. failures]));
    }

    // A packet that expires meanwhile has its refund on the way when it is looked at: then all is waited for, and read, once more.
    private static async Task<(double? Seconds, ShareComparison Views)> Settled(Cluster cluster, LoadRecord record, Stopwatch healed, Allowance allowed, List<string> failures)
    {
        for (double? first = null; ;)
        {
            var before = await DirectReaders.States(cluster.Redis.Server, cluster.Redis.Database);
            var seconds = await Settled(cluster, healed, allowed, failures);
            first ??= seconds;
            var views = await Views(cluster, record, allowed);
            if (failures.Count > 0 || before.ToHashSet().SetEquals(await DirectReaders.States(cluster.Redis.Server, cluster.Redis.Database)))
                return (first, views);
        }
    }

    private static async Task<ShareComparison> Views(Cluster cluster, LoadRecord record, Allowance allowed)
    {
        var (server, database) = (cluster.Redis.Server, cluster.Redis.Database);
        var grabs = DirectReaders.Ledger(cluster.Ledger);
        var states = await DirectReaders.States(server, database);
        foreach (var packetId in DirectReaders.Archived(cluster.Ledger))
            states[packetId] = "archived";
        return ShareComparison.Of(record, !allowed.Archived ? await DirectReaders.Redis(server, database) : null, await DirectReaders.Outbox(server, database), grabs,
            DirectReaders.MadeGood(cluster.Ledger), DirectReaders.Packets(cluster.Ledger), FundsAndRefunds.Of(record, grabs, DirectReaders.FundsAndRefunds(cluster.Ledger), states), allowed.Late);
    }

    /// <summary>Every call again, until each has a final answer.</summary>
    public async Task AskAgain(LoadClient client, int winners = int.MaxValue)
    {
        Say("asking everything again");
        using var limit = new CancellationTokenSource(Drill.Recovery);
        await client.Resolve(limit.Token, winners);
    }

    /// <summary>An outage that no grab may notice: shares are won in it, and no call is refused or unanswered.</summary>
    public async Task Unnoticed(LoadClient client, TimeSpan outage)
    {
        var (won, unavailable, unknown) = (client.Record.Won.Count, client.Record.Unavailable, client.Record.Unknown);
        Say(string.Create(CultureInfo.InvariantCulture, $"away for {outage.TotalSeconds:0} s; no grab may notice"));
        await Eventually.Pause(outage);
        Assert.True(client.Record.Won.Count > won, "nothing was won during the outage");
        Assert.Equal((unavailable, unknown), (client.Record.Unavailable, client.Record.Unknown));
    }

    /// <summary>Waits until grabs are answered again.</summary>
    public Task Answers(LoadClient client)
    {
        Say("waiting until grabs are answered again");
        var answered = client.Record.Answered;
        return Eventually.Holds(() => client.Record.Answered > answered + 50, Drill.Recovery, "grabs are answered again");
    }

    public async ValueTask DisposeAsync()
    {
        await StrikeAll();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private static async Task<double?> Settled(Cluster cluster, Stopwatch healed, Allowance allowed, List<string> failures)
    {
        try
        {
            if (allowed.Inconsistent)
                await Eventually.Yields(cluster.Report, report => report.GetProperty("verdict").GetString() == "CONSISTENT", Drill.Recovery, "the report is CONSISTENT");
            else
                await Drill.Consistent(cluster.Report, "after healing");
            var seconds = healed.Elapsed.TotalSeconds;
            // What the ledger has leaves the outbox a moment later, or when it has come again.
            await Eventually.Holds(async () => await DirectReaders.Outbox(cluster.Redis.Server, cluster.Redis.Database) == 0, Drill.Recovery, "the outbox is empty");
            return seconds;
        }
        catch (Xunit.Sdk.FailException failure)
        {
            failures.Add(failure.Message);
            return null;
        }
    }
}

/// <summary>What a drill expects beyond the usual.</summary>
/// <param name="Inconsistent">The report may say INCONSISTENT before it is CONSISTENT: something was damaged on purpose.</param>
/// <param name="Late">Messages come after the gate was opened without them: what was forgotten is made good, and made again, when they do.</param>
/// <param name="Archived">Redis need no longer have the packets, and asking again is answered packet_archived: client and ledger are compared.</param>
/// <param name="AskedAgain">How many winners are asked again, where there are too many to ask all of them.</param>
internal sealed record Allowance(bool Inconsistent = false, bool Archived = false, int AskedAgain = int.MaxValue, bool Late = false);
