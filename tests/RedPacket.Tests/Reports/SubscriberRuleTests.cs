using System.Text.Json;
using RedPacket.Comparison;
using RedPacket.Ledger.Followers;
using RedPacket.Reports;
using RedPacket.Reports.Commands;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>The rule of the report over the programs that follow the ledger, in each of their states.</summary>
[Needs("servers")]
public abstract class SubscriberRuleTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Id = "subscribers_agree";

    [Fact]
    public async Task NobodyFollows_Passes()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a");

        var report = await world.Report();

        Assert.Equal((0, 0, ReportRules.Pass), Sides(report));
        Assert.Empty(report.Subscribers!);
    }

    [Fact]
    public async Task AgreeingAndBehind_Passes()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a", "b");
        await Reports(world, "statistics", 3, grabs: 2, fen: 40);
        await Reports(world, "risk", 2, grabs: 1, fen: 15);

        var report = await world.Report();

        Assert.Equal((Verdict.Consistent, (2, 2, ReportRules.Pass)), (report.Verdict, Sides(report)));
        Assert.Equal(
            [("risk", 1, "agrees"), ("statistics", 0, "agrees")],
            report.Subscribers!.Select(one => (one.Name, one.RowsBehind, one.State)));
    }

    [Fact]
    public async Task DriftedOrAhead_FailsAndNamesEachWithTheRemedy()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a", "b");
        await Reports(world, "notifications", 3, grabs: 2, fen: 40);
        await Reports(world, "risk", 9, grabs: 2, fen: 40);
        await Reports(world, "statistics", 3, grabs: 2, fen: 41);

        var report = await world.Report();

        SeededFaultTests.Fails(report, Id);
        Assert.Equal((1, 3, ReportRules.Fail), Sides(report));
        Assert.Equal(
            [("rule_fails", null), ("subscriber_ahead", "risk"), ("subscriber_drifted", "statistics")],
            report.Causes.Select(cause => (cause.Code, cause.Subscriber)));
        Assert.StartsWith("Subscriber risk is ahead: it has transfer 9,", report.Reasons[1], StringComparison.Ordinal);
        Assert.StartsWith(
            "Subscriber statistics has drifted: its sums through transfer 3 are", report.Reasons[2], StringComparison.Ordinal);
        Assert.All(report.Reasons.Skip(1), reason => Assert.Contains("Build it again", reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task EveryForm_ShowsTheSubscribers()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a", "b");
        await Reports(world, "statistics", 2, grabs: 2, fen: 40);

        var json = JsonDocument.Parse((await Called.Report(world)).Body).RootElement.GetProperty("subscribers")[0];
        var csv = (await Called.Report(world, "?format=csv")).Body.Split("\r\n").Select(line => line.Split(',')).ToList();
        var html = (await Called.Report(world, "?format=html")).Body;
        var table = ReportTable.Write(await world.Report(), colour: false);

        Assert.Equal(("statistics", "drifted", 1), (json.GetProperty("name").GetString(), json.GetProperty("state").GetString(),
            json.GetProperty("rowsBehind").GetInt64()));
        var lines = csv.Where(line => line[0] == "subscriber").ToList();
        Assert.Equal(["behind", "grabs", "grantedFen"], lines.Select(line => line[1]));
        Assert.All(lines, line => Assert.Equal(("drifted", "statistics"), (line[10], line[19])));
        Assert.Equal(
            [("2", "3", "-1"), ("2", "1", "1"), ("40", "15", "25")], lines.Select(line => (line[21], line[22], line[23])));
        Assert.Contains(csv, line => line[0] == "cause" && line[1] == "subscriber_drifted" && line[19] == "statistics");
        Assert.Contains("<span class=\"drifted\">drifted</span>", html, StringComparison.Ordinal);
        Assert.Contains("subscriber  state    position  rows behind", table, StringComparison.Ordinal);
        Assert.Contains("statistics  drifted         2            1", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportOfOnePacket_HasNoSubscribers()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await Reports(world, "statistics", 2, grabs: 2, fen: 40);

        var report = await world.Get<ReportBuilder>().Build(new ReportRequest(packet), ReconciliationWorld.Stop);

        Assert.Equal((Verdict.Consistent, null), (report.Verdict, report.Subscribers));
        Assert.DoesNotContain(report.Rules, rule => rule.Id == Id);
    }

    private static (long?, long?, string) Sides(ConsistencyReport report)
    {
        var rule = report.Rules.Single(rule => rule.Id == Id);
        return (rule.Left, rule.Right, rule.Result);
    }

    private static async Task Reports(ReconciliationWorld world, string name, long position, long grabs, long fen)
    {
        var (sums, _) = await world.Get<SubscriberReader>().SumsThrough(name, position, ReconciliationWorld.Stop);
        await world.Get<SubscriberRecord>().Save(new SubscriberRow
        {
            Name = name,
            Position = position,
            Grabs = grabs,
            GrantedFen = fen,
            LedgerGrabs = sums?.Grabs,
            LedgerGrantedFen = sums?.GrantedFen,
            ReportedAt = ReconciliationWorld.Made,
        }, ReconciliationWorld.Stop);
    }
}

public sealed class SubscriberRuleOnSqliteTests(RedisFixture redis) : SubscriberRuleTests(redis, null);

public sealed class SubscriberRuleOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SubscriberRuleTests(redis, postgres);
