using System.Text;
using System.Text.Json;
using RedPacket.Comparison;
using RedPacket.Drills.Run;
using RedPacket.Http;
using RedPacket.Reports;
using RedPacket.Reports.Alerts;
using RedPacket.Reports.History;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>Reports that the service makes without a request, and those that it keeps, over HTTP.</summary>
[Needs("servers")]
public abstract class ReportHistoryTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Never = "--Reconciliation:ReportEvery=00:00:00";
    private const string KeepAll = "--Reconciliation:KeepReportEvery=00:00:00";
    private static readonly Tokens s_tokens = new();

    [Fact]
    public async Task NobodyAsks_ReportsAreMadeAndFollowTheChanges()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:ReportEvery=00:05:00", KeepAll);
        var history = service.Of<ReportHistory>();
        await Eventually.Holds(() => history.Newest is { Verdict: "CONSISTENT", Claims.Granted: 0 });
        var packet = await service.Send(1000, 10);
        await service.Grabs.Grab(0, packet, "bob");
        await Eventually.Holds(() => history.Newest is { Verdict: "CONSISTENT", Claims: { Granted: 1, Settled: 1, InFlight: 0 } });
        // The newest is in the ledger a moment later.
        var reports = (await Kept(service, kept => kept.Reports is [_, .., { Granted: 1 }])).Reports;
        Assert.Equal(reports.OrderBy(report => report.AsOf), reports);
    }

    [Fact]
    public async Task RestartedService_HasTheHistoryOfTheOneBefore()
    {
        var before = await Service.Start(redis, postgres, Never, KeepAll);
        var report = await before.Settles();
        await IsKept(before, report);

        await using var after = await Service.Resume(redis, await before.Stop(), Never);

        await IsKept(after, report);
    }

    [Fact]
    public async Task AsOf_IsTheLastReportKeptByThen_InEveryForm()
    {
        await using var service = await Service.Start(redis, postgres, Never, KeepAll);
        await service.Send(1000, 10);
        var first = await service.Settles();
        await IsKept(service, first);
        await service.Send(500, 5);
        var second = await service.Settles();
        await IsKept(service, second);
        var asOf = WireTime.Text(first.AsOf);

        var then = await Ask(service, $"?asOf={asOf}");
        var csv = await Ask(service, $"?asOf={asOf}&format=csv");
        var html = await Ask(service, $"?asOf={asOf}&format=html");
        var now = await Ask(service, $"?asOf={WireTime.Text(second.AsOf.AddDays(1))}");

        Assert.Equal((1000, 1500), (Read(then).Money.FundedFen, Read(now).Money.FundedFen));
        Assert.Equal((first.Claims, null), (Read(then).Claims, Read(then).PacketsPage));
        Assert.Equal(WireTime.Text(first.AsOf), WireTime.Text(Read(then).AsOf));
        Assert.Contains(",money.fundedFen,1000,", csv.Body, StringComparison.Ordinal);
        Assert.Contains("¥10.00", html.Body, StringComparison.Ordinal);
        Assert.All([then, csv, html, now], answer => Assert.Equal(Verdict.Consistent, answer.Headers.GetValues(Verdict.Header).Single()));
    }

    [Fact]
    public async Task History_IsPagedByTime()
    {
        await using var service = await Service.Start(redis, postgres, Never, KeepAll);
        for (var made = 0; made < 3; made++)
            await IsKept(service, await service.Settles());
        var all = await Kept(service, 3);

        var newest = JsonSerializer.Deserialize((await Ask(service, "/history?limit=2")).Body, ReportsJson.Readable.PastReports)!;
        var before = WireTime.Text(newest.Next!.Value);
        var rest = JsonSerializer.Deserialize(
            (await Ask(service, $"/history?limit=2&before={before}")).Body, ReportsJson.Readable.PastReports)!;

        Assert.Equal(all.Reports.TakeLast(2), newest.Reports);
        Assert.Equal(all.Reports[^3], rest.Reports[^1]);
        Assert.Null(all.Next);
    }

    [Fact]
    public async Task Diff_NamesWhatChanged()
    {
        await using var service = await Service.Start(redis, postgres, Never, KeepAll);
        await service.Send(1000, 10);
        var first = await service.Settles();
        await IsKept(service, first);
        await Park(service, 2);

        var answer = await Ask(service, $"/diff?from={WireTime.Text(first.AsOf)}");

        Assert.True(answer.Status == 200, answer.Body);
        var diff = JsonSerializer.Deserialize(answer.Body, ReportsJson.Readable.ReportDiff)!;
        Assert.Equal(("CONSISTENT", "INCONSISTENT"), (diff.From.Verdict, diff.To.Verdict));
        Assert.Equal("INCONSISTENT", answer.Headers.GetValues(Verdict.Header).Single());
        Assert.Equal([new ChangedRule("nothing_parked", "PASS", "FAIL")], diff.Rules);
        Assert.Contains(new ChangedNumber("claims.parked", 0, 2, 2), diff.Numbers);
        Assert.Equal((2, 0, true), (diff.Appeared.Count, diff.Gone.Count, diff.IsWhole));
    }

    [Fact]
    public async Task Alert_IsListedAcknowledgedAndResolved()
    {
        await using var service = await Service.Start(redis, postgres, Never, KeepAll);
        await Park(service, 1);
        var open = await Eventually.Yields(() => Alerts(service, ""), list => list.Alerts.Count == 1);
        var report = Read(await Ask(service, ""));

        var answer = await Acknowledge(service, $$"""{"ids":[{{open.Alerts[0].Id}},77]}""");
        var acknowledged = (await Alerts(service, "")).Alerts.Single();
        service.Ledger.Execute("DELETE FROM parked");
        await service.Settles();
        var resolved = await Eventually.Yields(() => Alerts(service, "?resolved=true"), list => list.Alerts.Count == 1);

        Assert.Equal(("nothing_parked", AlertState.Open, 1), (open.Alerts[0].Rule, open.Alerts[0].State, open.Alerts[0].Worst));
        Assert.Equal(new AlertCounts(1, 0), report.Alerts);
        Assert.Equal(
            (200, $$"""{"acknowledged":[{{open.Alerts[0].Id}}],"skipped":[{"id":77,"reason":"not_open"}]}"""),
            (answer.Status, answer.Body));
        Assert.Equal((AlertState.Acknowledged, "olga"), (acknowledged.State, acknowledged.AcknowledgedBy));
        Assert.Equal(AlertState.Resolved, resolved.Alerts[0].State);
        Assert.Empty((await Alerts(service, "")).Alerts);
    }

    [Fact]
    public async Task BadCallsAndCallers_AreRefused()
    {
        await using var service = await Service.Start(redis, postgres, Never);

        foreach (var (path, code) in new[]
        {
            ("?asOf=yesterday", "query_invalid"), ("?asOf=2026-01-01&limit=5", "query_invalid"),
            ("?asOf=2026-01-01&full=true", "query_invalid"),
            ("?asOf=2001-01-01", "report_unknown"), ("?asOf=0001-01-01", "report_unknown"), ("/history?before=x", "query_invalid"),
            ("/history?limit=501", "page_invalid"), ("/diff", "query_invalid"), ("/diff?from=2026-01-02&to=2026-01-01", "query_invalid"),
            ("/diff?from=2001-01-01", "report_unknown"), ("/diff?from=2001-01-01&to=2002-01-01", "report_unknown"),
            ("/alerts?after=0", "page_invalid"), ("/alerts?resolved=1", "query_invalid"), ("/alerts?state=OPEN", "query_unknown"),
        })
            Assert.Equal((path, code), (path, (await Ask(service, path)).Code()));
        foreach (var body in new[] { "{}", """{"ids":[]}""", """{"ids":["1"]}""", """{"ids":[1.5]}""", """{"ids":1}""" })
            Assert.Equal((body, "invalid_json"), (body, (await Acknowledge(service, body)).Code()));
        Assert.Equal("forbidden", (await Acknowledge(service, """{"ids":[1]}""", isOperator: false)).Code());
        foreach (var path in new[] { "/history", "/diff?from=2026-01-01", "/alerts", "?asOf=2026-01-01" })
            Assert.Equal("forbidden", (await Ask(service, path, isOperator: false)).Code());
    }

    // Claims that were parked, as if they had contradicted the ledger.
    private static async Task Park(Service service, int count)
    {
        for (var ordinal = 1; ordinal <= count; ordinal++)
            service.Ledger.Execute($"""
                INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
                VALUES (0, '0-ffffffffffff40008000000000000000', 2, {ordinal}, 'mia', 10, 'line {ordinal}', 'conflict', '', 1, 1)
                """);
        await Eventually.Yields(
            () => service.Of<ReportBuilder>().Build(new ReportRequest(), CancellationToken.None),
            report => report is { Verdict: "INCONSISTENT", Claims.Parked: > 0 });
    }

    // A report is kept soon after it is answered. The wire has milliseconds.
    private static Task<PastReports> IsKept(Service service, ConsistencyReport made) =>
        Kept(service, kept => kept.Reports.Any(report => WireTime.Text(report.AsOf) == WireTime.Text(made.AsOf)));

    private static Task<PastReports> Kept(Service service, int atLeast) => Kept(service, kept => kept.Reports.Count >= atLeast);

    private static Task<PastReports> Kept(Service service, Func<PastReports, bool> fits) => Eventually.Yields(
        async () => JsonSerializer.Deserialize((await Ask(service, "/history")).Body, ReportsJson.Readable.PastReports)!, fits);

    private static async Task<AlertList> Alerts(Service service, string query) =>
        JsonSerializer.Deserialize((await Ask(service, $"/alerts{query}")).Body, ReportsJson.Readable.AlertList)!;

    private static ConsistencyReport Read(EdgeAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, ReportsJson.Readable.ConsistencyReport)!;
    }

    private static Task<EdgeAnswer> Ask(Service service, string path, bool isOperator = true) =>
        Ask(service, HttpMethod.Get, path, null, isOperator);

    private static Task<EdgeAnswer> Acknowledge(Service service, string body, bool isOperator = true) =>
        Ask(service, HttpMethod.Post, "/alerts/acknowledgements", body, isOperator);

    private static async Task<EdgeAnswer> Ask(Service service, HttpMethod method, string path, string? body, bool isOperator)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        using var request = new HttpRequestMessage(method, $"/api/v1/consistency{path}");
        request.Headers.TryAddWithoutValidation("Authorization", s_tokens.Bearer("olga", isOperator));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }
}

public sealed class ReportHistoryOnSqliteTests(RedisFixture redis) : ReportHistoryTests(redis, null);

public sealed class ReportHistoryOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : ReportHistoryTests(redis, postgres);
