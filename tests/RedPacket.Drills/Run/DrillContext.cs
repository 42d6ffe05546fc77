using System.Diagnostics;

namespace RedPacket.Drills.Run;

/// <summary>
/// Everything a drill works with: servers, processes, load, the comparison of the four views, and progress messages.
/// </summary>
internal sealed class DrillContext(Drill drill, RabbitServer rabbit, DrillOptions options, Action<string> say) : IAsyncDisposable
{
    /// <summary>A drill needs more wins than this to prove anything.</summary>
    private const int FewestWins = 100;
    private readonly List<Cluster> _clusters = [];
    private readonly List<DrillOutcome> _outcomes = [];
    private PostgresServer? _postgres;
    private RedisCluster? _redisCluster;

    /// <summary>One for each comparison.</summary>
    public IReadOnlyList<DrillOutcome> Outcomes => _outcomes;

    /// <summary>For every choice of the drill.</summary>
    public Random Random { get; } = new(options.Seed);

    public int Seed => options.Seed;

    /// <summary>How often the drill stages a fault that lasts only a moment.</summary>
    public int Rounds => options.Rounds;

    public RabbitServer Rabbit => rabbit;

    /// <summary>Writes a progress message.</summary>
    public void Say(string message) => say(message);

    /// <summary>Adds the outcome of the drill, or of one of its parts.</summary>
    public void Add(DrillOutcome outcome)
    {
        if (options.Postgres)
            outcome = outcome with { Fault = $"{outcome.Fault} (ledger on PostgreSQL)" };
        _outcomes.Add(outcome);
        Say(outcome.Passed ? "PASS" : $"FAIL: {outcome.FailureText}");
    }

    /// <summary>What the processes logged last as warnings and errors: their logs end with the drill.</summary>
    public string Warnings => string.Join('\n', _clusters.Select(cluster => cluster.Warnings));

    /// <summary>The drill's PostgreSQL. The first call starts it.</summary>
    public async Task<PostgresServer> Postgres()
    {
        if (_postgres is null)
        {
            Say("starting PostgreSQL");
            _postgres = new PostgresServer();
            await _postgres.Start();
        }
        return _postgres;
    }

    /// <summary>Starts a deployment on a new Redis Cluster. Both end with the drill.</summary>
    public async Task<(Cluster Cluster, RedisCluster Redis)> DeployOnCluster(Topology topology)
    {
        Say("starting a Redis Cluster");
        _redisCluster = await RedisCluster.Start();
        return (await Deploy(topology with { Redis = _redisCluster.ConnectionString }), _redisCluster);
    }

    // The options choose the ledger where the topology does not.
    private async Task<Topology> WithLedger(Topology topology) =>
        options.Postgres && topology.Ledger is null ? topology with { Ledger = await (await Postgres()).NewDatabase() } : topology;

    /// <summary>Starts a deployment. It ends with the drill.</summary>
    public async Task<Cluster> Deploy(Topology topology)
    {
        var roles = string.Join(" | ", topology.Members.Select(member => member.Roles));
        Say($"starting {(topology.Redis is null ? "Redis and " : "")}{topology.Members.Count} processes: {roles}");
        var cluster = await Cluster.Start(rabbit, await WithLedger(topology));
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>Starts a deployment's servers only. The drill starts its processes.</summary>
    public async Task<Cluster> Prepare(Topology topology)
    {
        var cluster = await Cluster.Prepare(rabbit, await WithLedger(topology));
        _clusters.Add(cluster);
        return cluster;
    }

    /// <summary>Ends all deployments, so that the drill can start a new one.</summary>
    public async Task EndDeployments()
    {
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        _clusters.Clear();
        if (_redisCluster is not null)
            await _redisCluster.DisposeAsync();
        _redisCluster = null;
    }

    /// <summary>Pauses for a random time up to a limit. The seed chooses it.</summary>
    public Task PauseUpTo(TimeSpan limit) => Eventually.Pause(limit * Random.NextDouble());

    /// <summary>
    /// The usual drill: load with a fault in the middle, all calls asked again, the wait for CONSISTENT, the
    /// comparison. The report is polled all the time and must not say INCONSISTENT, unless the drill allows it.
    /// </summary>
    public async Task RunUnderLoad(
        Cluster cluster, Func<LoadClient, Task> fault, LoadPlan? plan = null, Allowance? allowed = null, string? faultText = null)
    {
        using var client = cluster.Client(plan ?? LoadPlan.Moderate(Seed));
        await using var watch = new VerdictWatch(cluster);
        await Load(client, () => fault(client));
        var alarms = allowed is { Inconsistent: true } ? [] : watch.Alarms;
        await Compare(cluster, client, allowed, faultText, alarms);
    }

    /// <summary>Runs load before, during and after the fault.</summary>
    /// <param name="work">A load that replaces the client's usual one.</param>
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
            await Eventually.Holds(() => client.Record.Won.Count > FewestWins, Drill.Recovery, "enough shares were won to compare");
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
        var record = client.Record;
        Say(FormattableString.Invariant(
            $"load stopped: {record.Answered} answers, {record.Unavailable} times 503, {record.Unknown} unanswered"));
    }

    /// <summary>Asks everything again, waits for CONSISTENT, compares the four views and adds the outcome.</summary>
    /// <param name="alarms">Failures that the drill saw before.</param>
    public async Task Compare(
        Cluster cluster, LoadClient client, Allowance? allowed = null, string? faultText = null, IReadOnlyCollection<string>? alarms = null)
    {
        var healed = Stopwatch.StartNew();
        allowed ??= new Allowance();
        if (!allowed.Archived)
            await AskAgain(client, allowed.AskedAgain);
        Say("waiting for CONSISTENT");
        List<string> failures = [];
        var record = client.Record;
        var (seconds, comparison) = await CompareWhenSettled(cluster, record, healed, allowed, failures);
        Add(new DrillOutcome(
            drill.Name, faultText ?? drill.Fault, Seed, comparison, record.Unavailable, record.Unknown, seconds,
            [.. alarms ?? [], .. failures]));
    }

    // A packet that expires during the comparison has its refund in flight. Then wait and read everything again.
    private static async Task<(double? Seconds, ShareComparison Comparison)> CompareWhenSettled(
        Cluster cluster, LoadRecord record, Stopwatch healed, Allowance allowed, List<string> failures)
    {
        for (double? first = null; ;)
        {
            var before = await DirectReaders.PacketStates(cluster.Connection);
            var seconds = await WaitUntilSettled(cluster, healed, allowed, failures);
            first ??= seconds;
            var comparison = await CompareViews(cluster, record, allowed);
            if (failures.Count > 0 || before.ToHashSet().SetEquals(await DirectReaders.PacketStates(cluster.Connection)))
                return (first, comparison);
        }
    }

    private static async Task<ShareComparison> CompareViews(Cluster cluster, LoadRecord record, Allowance allowed)
    {
        var grabs = DirectReaders.LedgerShares(cluster.Ledger);
        var states = await DirectReaders.PacketStates(cluster.Connection);
        foreach (var packetId in DirectReaders.ArchivedPackets(cluster.Ledger))
            states[packetId] = "archived";
        var redis = allowed.Archived ? null : await DirectReaders.RedisShares(cluster.Connection);
        var outbox = await DirectReaders.OutboxLength(cluster.Connection);
        return ShareComparison.Of(
            record, redis, outbox, grabs, DirectReaders.AdjustedShares(cluster.Ledger), DirectReaders.LedgerPackets(cluster.Ledger),
            FundsAndRefunds.Of(record, grabs, DirectReaders.SenderRows(cluster.Ledger), states), allowed.Late);
    }

    /// <summary>Repeats every call until each has a final answer.</summary>
    public async Task AskAgain(LoadClient client, int winners = int.MaxValue)
    {
        Say("asking everything again");
        using var limit = new CancellationTokenSource(Drill.Recovery);
        await client.Resolve(limit.Token, winners);
    }

    /// <summary>Lets an outage last. Grabs must keep winning, and no call may be refused or unanswered.</summary>
    public async Task ExpectUnnoticed(LoadClient client, TimeSpan outage)
    {
        var (won, unavailable, unknown) = (client.Record.Won.Count, client.Record.Unavailable, client.Record.Unknown);
        Say(FormattableString.Invariant($"outage of {outage.TotalSeconds:0} s, grabs must go on"));
        await Eventually.Pause(outage);
        Assert.True(client.Record.Won.Count > won, "nothing was won during the outage");
        Assert.Equal((unavailable, unknown), (client.Record.Unavailable, client.Record.Unknown));
    }

    /// <summary>Waits until grabs are answered again.</summary>
    public Task WaitForAnswers(LoadClient client)
    {
        Say("waiting until grabs are answered again");
        var answered = client.Record.Answered;
        return Eventually.Holds(() => client.Record.Answered > answered + 50, Drill.Recovery, "grabs are answered again");
    }

    public async ValueTask DisposeAsync()
    {
        await EndDeployments();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private static async Task<double?> WaitUntilSettled(Cluster cluster, Stopwatch healed, Allowance allowed, List<string> failures)
    {
        try
        {
            if (allowed.Inconsistent)
                await Eventually.Yields(cluster.Report, IsConsistent, Drill.Recovery, "the report is CONSISTENT");
            else
                await Drill.Consistent(cluster.Report, "after healing");
            var seconds = healed.Elapsed.TotalSeconds;
            // A recorded entry leaves the outbox a moment later, or after its next delivery.
            await Eventually.Holds(
                async () => await DirectReaders.OutboxLength(cluster.Connection) == 0, Drill.Recovery, "the outbox is empty");
            return seconds;
        }
        catch (Exception failure) when (failure is TimeoutException or Xunit.Sdk.XunitException)
        {
            failures.Add(failure.Message);
            return null;
        }
    }

    private static bool IsConsistent(System.Text.Json.JsonElement report) => report.GetProperty("verdict").GetString() == "CONSISTENT";
}
