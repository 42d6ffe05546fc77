using Microsoft.EntityFrameworkCore;
using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Reports;
using RedPacket.Reports.History;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>Which reports are kept: by their times and findings.</summary>
[Needs("servers")]
public sealed class ReportKeeperTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly DateTimeOffset s_start = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task ReportIsKept_NowAndThen_AndSoonerWhenTheFindingChanges()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Settled("a");
        var (good, history) = (await world.Report(), world.Get<ReportHistory>());
        var bad = good with
        {
            Verdict = Verdict.Inconsistent,
            Rules = [.. good.Rules.Select(rule => rule.Id == "nothing_parked" ? rule with { Delta = 1, Result = ReportRules.Fail } : rule)],
        };
        // The world's report waits there too.
        await history.Next(ReconciliationWorld.Stop);

        (ConsistencyReport Report, double Minutes, bool IsKept)[] made =
        [
            (good, 0, true), (good, 9.9, false), (good, 10, true), (bad, 10.1, false), (bad, 10.2, true), (good, 10.3, false),
            (good, 10.4, true), (good, 10.2, false), (good, 20.3, false), (bad, 20.35, true), (bad, 30.4, true),
        ];
        foreach (var (report, minutes, _) in made)
            history.Add(report with { AsOf = s_start.AddMinutes(minutes) }, isFull: false);
        var keeper = world.Hosted<ReportKeeper>();
        await keeper.StartAsync(ReconciliationWorld.Stop);

        var kept = await Eventually.Yields(() => Kept(world), rows => rows.Contains(Ms(made[^1].Minutes)));
        await keeper.StopAsync(ReconciliationWorld.Stop);
        Assert.Equal(made.Where(each => each.IsKept).Select(each => Ms(each.Minutes)), kept);
    }

    // Only a full report sees some faults, and resolves their alerts.
    [Fact]
    public async Task FullReport_IsKeptAlways()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var (report, history, keeper) = (await world.Report(), world.Get<ReportHistory>(), world.Hosted<ReportKeeper>());
        await history.Next(ReconciliationWorld.Stop);
        history.Add(report with { AsOf = s_start }, isFull: false);
        history.Add(report with { AsOf = s_start.AddMinutes(0.1) }, isFull: false);
        history.Add(report with { AsOf = s_start.AddMinutes(0.15) }, isFull: true);
        await keeper.StartAsync(ReconciliationWorld.Stop);

        var kept = await Eventually.Yields(() => Kept(world), rows => rows.Contains(Ms(0.15)));
        await keeper.StopAsync(ReconciliationWorld.Stop);
        Assert.Equal([Ms(0), Ms(0.15)], kept);
    }

    [Fact]
    public async Task LedgerThatRefusesAReport_DoesNotEndTheKeeper()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var (report, history, keeper) = (await world.Report(), world.Get<ReportHistory>(), world.Hosted<ReportKeeper>());
        await history.Next(ReconciliationWorld.Stop);
        world.Ledger.Execute("""
            CREATE TRIGGER refuse BEFORE INSERT ON reports WHEN NEW.line LIKE '%"tookMs":424242,%'
            BEGIN SELECT RAISE(ABORT, 'refused'); END
            """);
        history.Add(report with { AsOf = s_start, TookMs = 424242 }, isFull: false);
        history.Add(report with { AsOf = s_start.AddMinutes(1) }, isFull: false);
        await keeper.StartAsync(ReconciliationWorld.Stop);

        var kept = await Eventually.Yields(() => Kept(world), rows => rows.Count > 0);
        await keeper.StopAsync(ReconciliationWorld.Stop);
        Assert.Equal([Ms(1)], kept);
    }

    [Fact]
    public async Task ReportOfOnePacket_IsNotHandedToTheKeeper()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var packet = await world.Settled("a");

        await world.Get<ReportBuilder>().Build(new ReportRequest(packet), ReconciliationWorld.Stop);
        var all = await world.Report(full: true);

        var next = await world.Get<ReportHistory>().Next(ReconciliationWorld.Stop);
        Assert.Equal((all.AsOf, true), (next.Report.AsOf, next.IsFull));
    }

    private static long Ms(double minutes) => s_start.AddMinutes(minutes).ToUnixTimeMilliseconds();

    private static async Task<List<long>> Kept(ReconciliationWorld world)
    {
        await using var db = await world.Get<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync(ReconciliationWorld.Stop);
        return await db.Reports.OrderBy(report => report.Id).Select(report => report.AsOf).ToListAsync(ReconciliationWorld.Stop);
    }
}
