using Microsoft.Extensions.DependencyInjection;
using RedPacket.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>The reports of the past, and those that the service makes without a request.</summary>
[Needs("servers")]
public sealed class ReportHistoryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task NobodyAsks_ReportsAreMadeAndFollowTheChanges()
    {
        await using var service = await Service.Start(redis, null, "--Reconciliation:ReportEvery=00:05:00");
        var history = service.Of<ReportHistory>();
        await Eventually.Holds(() => history.Newest is { Verdict: "CONSISTENT", Granted: 0 });
        var packet = await service.Send(1000, 10);
        await service.Grabs.Grab(0, packet, "bob");
        await Eventually.Holds(() => history.Newest is { Verdict: "CONSISTENT", Granted: 1, Settled: 1, InFlight: 0 });
        var reports = history.Read().Reports;
        Assert.Equal(reports.OrderBy(report => report.AsOf), reports);
    }

    [Fact]
    public async Task RequestedReports_AreInTheHistoryOnceAndOnlyTheLastOnes()
    {
        await using var service = await Service.Start(redis, null, "--Reconciliation:ReportEvery=00:00:00");
        var (history, builder) = (service.Of<ReportHistory>(), service.Of<ReportBuilder>());
        Assert.Empty(history.Read().Reports);
        var packet = await service.Send(1000, 10);
        await service.Settles();
        var report = await builder.Build(new ReportRequest(), TestContext.Current.CancellationToken);
        var newest = history.Newest!;
        Assert.Equal((report.AsOf, report.Verdict, report.TookMs), (newest.AsOf, newest.Verdict, newest.TookMs));
        var before = history.Read().Reports.Count;
        // The report of one packet says nothing about the others.
        await builder.Build(new ReportRequest(packet), TestContext.Current.CancellationToken);
        Assert.Equal(before, history.Read().Reports.Count);
        for (var more = 0; more < ReportHistory.Kept; more++)
            history.Add(report with { AsOf = report.AsOf.AddSeconds(more) });
        Assert.Equal((ReportHistory.Kept, report.AsOf), (history.Read().Reports.Count, history.Read().Reports[0].AsOf));
    }

    [Fact]
    public void SlowReport_DoesNotReplaceANewerOne()
    {
        var history = new ReportHistory();
        history.Add(Report(1000, "CONSISTENT"));
        history.Add(Report(500, "INCONSISTENT"));
        Assert.Equal("CONSISTENT", history.Newest!.Verdict);
        Assert.Equal(["INCONSISTENT", "CONSISTENT"], history.Read().Reports.Select(report => report.Verdict));
    }

    private static ConsistencyReport Report(long at, string verdict) => new()
    {
        Verdict = verdict,
        AsOf = DateTimeOffset.FromUnixTimeMilliseconds(at),
        TookMs = 1,
        Causes = [],
        Unread = [],
        Packets = null,
        Claims = new ClaimCounts(0, 0, 0, 0, 0, 0, 0, 0),
        Money = new MoneySums(0, 0, 0, 0, 0, 0),
        AdjustedFen = 0,
        UnacknowledgedPayments = null,
        Rules = [],
        TotalsFrom = null,
        Differences = [],
        DifferencesTotal = 0,
        Accounts = [],
        Healed = [],
        Subscribers = null,
    };
}
