using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Drills.Faults;

/// <summary>
/// Redis has a replica, and the service knows both. The replica lags, is promoted, and hands the place back.
/// </summary>
internal static class ReplicaDrills
{
    private const string Busy = "No share is granted twice, no user wins twice, and every lost share is named (promises 1 to 4, 8).";
    private static readonly string[] s_reads =
        ["hget", "hmget", "hgetall", "zrange", "zcard", "zscore", "smembers", "evalsha", "eval"];
    // The client looks for a promotion once a minute, unless it is told otherwise.
    private static readonly TimeSpan s_noticed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lastAnswers = TimeSpan.FromMilliseconds(20);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("sentinel-failover", "Redis Sentinel promotes a replica: because the primary was killed (SIGKILL), and by command", Busy,
            SentinelFailover),
        new("replica-lags", "a replica that the service knows lags behind, and is promoted when Redis dies",
            "Nobody reads the replica, and the ledger gives back what it lacks (promises 1, 2, 3, 8).", Lags),
        new("promoted-demoted-promoted", "the replica is promoted, the old primary follows it and is promoted again", Busy, ThereAndBack),
    ];

    private static async Task SentinelFailover(DrillContext context)
    {
        await using var redis = await RedisSentinels.Start();
        var cluster = await context.Deploy(Topology.OnePerRole with { Redis = redis.ConnectionString });
        await context.RunUnderLoad(cluster, async client =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                await context.PauseUpTo(s_between);
                var primary = await redis.Primary();
                var refused = client.Record.Unavailable;
                var watch = Stopwatch.StartNew();
                await (round % 2 == 1 ? primary.Kill() : redis.FailOver());
                // Until then the old primary may confirm what the new one does not know.
                do
                    await MarkForgettable(client);
                while (await redis.Primary() == primary || (primary.IsRunning && !await Follows(primary)));
                context.Say(Text($"round {round} of {context.Rounds}: replaced after {watch.Elapsed.TotalSeconds:0.0} s"));
                await context.WaitForAnswers(client);
                context.Say(Text($"served after {watch.Elapsed.TotalSeconds:0.0} s, {client.Record.Unavailable - refused} refused"));
                if (!primary.IsRunning)
                    await primary.Start();
                await redis.IsWhole();
            }
        }, allowed: new Allowance(Inconsistent: true, Late: true));
        await context.EndDeployments();
    }

    private static async Task Lags(DrillContext context)
    {
        await using var primary = new RedisServer();
        await using var replica = new RedisServer();
        var cluster = await DeployOn(context, primary, replica);
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await using var watch = new VerdictWatch(cluster);
        await context.Load(client, async () =>
        {
            await Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won");
            await replica.CutOff();
            context.Say("the replica lags from now on");
            await replica.Server.ExecuteAsync("CONFIG", "RESETSTAT");
            await Eventually.Pause(Drill.Outage);
        });
        await context.AskAgain(client);
        await Drill.Consistent(cluster.Report, "before Redis dies");
        var commands = (string)(await replica.Server.ExecuteAsync("INFO", "commandstats"))!;
        var wasRead = s_reads.Any(read => commands.Contains($"cmdstat_{read}:", StringComparison.Ordinal));
        Assert.False(wasRead, $"the replica was read:\n{commands}");
        await primary.Kill();
        await replica.Lead();
        context.Say("Redis died, and the replica was promoted");
        await context.AskAgain(client);
        await context.Load(client, () => context.WaitForAnswers(client));
        await context.Compare(cluster, client, alarms: watch.Alarms);
    }

    private static async Task ThereAndBack(DrillContext context)
    {
        await using var first = new RedisServer();
        await using var second = new RedisServer();
        var cluster = await DeployOn(context, first, second);
        await context.RunUnderLoad(cluster, async client =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                foreach (var (primary, heir) in new[] { (first, second), (second, first) })
                {
                    await context.PauseUpTo(s_between);
                    var refused = client.Record.Unavailable;
                    var watch = Stopwatch.StartNew();
                    await heir.Lead();
                    await primary.Follow(heir);
                    await MarkForgettable(client);
                    await context.WaitForAnswers(client);
                    refused = client.Record.Unavailable - refused;
                    context.Say(Text($"round {round}: served after {watch.Elapsed.TotalSeconds:0.0} s, {refused} refused"));
                    Assert.True(watch.Elapsed < s_noticed, $"the promotion was noticed after {watch.Elapsed}");
                }
            }
        }, allowed: new Allowance(Inconsistent: true, Late: true));
        await context.EndDeployments();
    }

    private static async Task<Cluster> DeployOn(DrillContext context, RedisServer primary, RedisServer replica)
    {
        await Task.WhenAll(primary.Start(), replica.Start());
        await replica.Follow(primary);
        return await context.Deploy(
            Topology.OnePerRole with { Redis = Text($"127.0.0.1:{primary.Port},127.0.0.1:{replica.Port},abortConnect=false") });
    }

    private static async Task<bool> Follows(RedisServer server) =>
        (await server.Replication()).Contains("role:slave", StringComparison.Ordinal);

    private static async Task MarkForgettable(LoadClient client)
    {
        await Eventually.Pause(s_lastAnswers);
        client.Record.Forgettable.MarkAll(client.Record);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
