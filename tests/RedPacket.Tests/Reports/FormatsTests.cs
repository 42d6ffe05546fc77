using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>One report in three forms, its pages and its refusals. They are the same over either database.</summary>
[Needs("servers")]
public sealed class FormatsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task CsvAndHtml_CarryTheNumbersOfTheJson()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Settled("a", "b");
        await world.InFlight("c");
        var lost = await world.Lost("+SUM(A1)|x");

        var json = JsonSerializer.Deserialize((await Called.Report(world)).Body, ReportsJson.Readable.ConsistencyReport)!;
        var lines = (await Called.Report(world, "?format=csv")).Body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var csv = lines.Select(line => line.Split(',')).ToArray();
        var html = (await Called.Report(world, "?format=html")).Body;

        Assert.Equal(json.Differences.Select(d => (d.Kind, d.Entry, d.PacketId, Text(d.Ordinal), Text(d.RedisFen), Text(d.LedgerFen))),
            csv.Where(line => line[0] == "difference").Select(line => (line[1], line[2], line[3], line[5], line[6], line[7])));
        Assert.Equal(
            json.PacketsPage!.Items.Select(p => (p.Verdict, p.PacketId, p.State, Text(p.Granted), Text(p.GrantedFen), Text(p.LeftFen))),
            csv.Where(line => line[0] == "packet").Select(line => (line[1], line[3], line[10], line[11], line[16], line[18])));
        Assert.All(csv, line => Assert.Equal(csv[0].Length, line.Length));
        Assert.All(json.Differences, d => Assert.Contains(
            $">{d.Ordinal}</a></td><td data-label=\"Redis\" class=\"n\">{Figures.Yuan(d.RedisFen)}</td>", html, StringComparison.Ordinal));
        Assert.All(
            [json.Money.FundedFen, json.Money.GrantedFen, json.Money.LeftFen],
            fen => Assert.Contains($">{Figures.Yuan(fen)}<", html, StringComparison.Ordinal));
        Assert.All(json.PacketsPage.Items, p => Assert.Contains($"packetId={p.PacketId}\"", html, StringComparison.Ordinal));
        Assert.Contains($"packetId={lost}&amp;ordinal=1\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesThatAreFormulasOrMarkup_AreOnlyText()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Lost("+SUM(A1)|x");
        world.Ledger.Execute("""
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '=1,"2"', 0, 0, '<script>alert(1)</script>', 0, 'x', 'unreadable', '', 5, 5)
            """);

        var csv = (await Called.Report(world, "?format=csv")).Body;
        var html = await Called.Report(world, "?format=html");

        Assert.Contains(",'+SUM(A1)|x,", csv, StringComparison.Ordinal);
        Assert.Contains("unknown,\"'=1,\"\"2\"\"\",<script>", csv, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html.Body, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", html.Body, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", html.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnePacket_HasPagesOfClaimsAndATimelineOfEach()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Lost("elsewhere");
        var packet = await world.Settled("a", "b", "c");

        var first = await Find(world, new ReportRequest(packet, Limit: 2));
        var rest = await Find(world, new ReportRequest(packet, After: "2", Limit: 2));
        var claim = (await Find(world, new ReportRequest(packet, UserId: "b")))!.Claim!;

        Assert.Equal((Verdict.Consistent, packet), (first!.Verdict, first.PacketId));
        Assert.Equal([1, 2], first.ClaimsPage!.Items.Select(item => item.Ordinal));
        Assert.Equal((2, 3, null), (first.ClaimsPage.Next, rest!.ClaimsPage!.Items.Single().Ordinal, rest.ClaimsPage.Next));
        Assert.Equal(("b", 2, ReconciliationWorld.FenAt(2), "settled"), (claim.UserId, claim.Ordinal, claim.AmountFen, claim.Status));
        Assert.Equal(
            (ReconciliationWorld.Made + 2, ReconciliationWorld.Made + 50),
            (claim.GrantedAt!.Value.ToUnixTimeMilliseconds(), claim.PublishedAt!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", false), (claim.TraceId, claim.InOutbox));
        Assert.NotNull(claim.SettledAt);
    }

    [Fact]
    public async Task PagesOfPackets_JoinToTheWhole_NewestFirst()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        List<string> made = [];
        for (var i = 0; i < 5; i++)
            made.Add(await world.Settled("a"));

        List<string> met = [];
        for (string? after = null; ;)
        {
            var page = (await Find(world, new ReportRequest(After: after, Limit: 2)))!.PacketsPage!;
            met.AddRange(page.Items.Select(packet => packet.PacketId));
            if ((after = page.Next) is null)
                break;
        }

        Assert.Equal(Enumerable.Reverse(made), met);
    }

    [Theory]
    [InlineData("?format=xml", 400, "format_invalid")]
    [InlineData("?format=csv&format=json", 400, "format_invalid")]
    [InlineData("?packetId=0-xyz", 400, "packet_id_invalid")]
    [InlineData("?packetId=0-ffffffffffff40008000000000000000", 404, "packet_unknown")]
    [InlineData("?userId=a", 400, "query_invalid")]
    [InlineData("?ordinal=1", 400, "query_invalid")]
    [InlineData("?packetId={0}&ordinal=0", 400, "query_invalid")]
    [InlineData("?packetId={0}&ordinal=9", 404, "claim_unknown")]
    [InlineData("?packetId={0}&userId=nobody", 404, "claim_unknown")]
    [InlineData("?packetId={0}&userId=a%20b", 400, "user_invalid")]
    [InlineData("?packetId={0}&after=x", 400, "page_invalid")]
    [InlineData("?after=x", 400, "packet_id_invalid")]
    [InlineData("?limit=101", 400, "page_invalid")]
    [InlineData("?full=yes", 400, "query_invalid")]
    [InlineData("?packetId={0}&after=2147483647&limit=1", 200, null)]
    [InlineData("?unknown=parameter", 200, null)]
    public async Task Query_IsCheckedBeforeAnythingIsRead(string query, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var packet = await world.Settled("a");

        var answer = await Called.Report(world, query.Replace("{0}", packet, StringComparison.Ordinal));

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task ArchivedPacket_IsRefusedAsArchived()
    {
        await using var world = await ReconciliationWorld.Open(redis, null, new PacketsOptions { Retain = TimeSpan.FromSeconds(1) });
        var packet = await world.Emptied("a");
        Assert.Equal(1, await world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop));

        var answer = await Called.Report(world, $"?packetId={packet}");
        Assert.Equal((404, "packet_archived"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Csv_EndsWithVerdictReasonsSumsAndRules()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Settled("a", "b");
        await world.Lost("c");
        await world.InFlight("d");

        var json = JsonSerializer.Deserialize((await Called.Report(world)).Body, ReportsJson.Readable.ConsistencyReport)!;
        var csv = (await Called.Report(world, "?format=csv")).Body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(',')).ToArray();

        Assert.Equal(["difference", "packet", "report", "cause", "sum", "rule", "end"], csv.Skip(1).Select(line => line[0]).Distinct());
        Assert.Equal(json.Verdict, csv.Single(line => line[0] == "report")[1]);
        Assert.Equal(json.Causes.Select(cause => (cause.Code, cause.Rule ?? "", Text(cause.Count))),
            csv.Where(line => line[0] == "cause").Select(line => (line[1], line[19], line[20])));
        Assert.Equal(json.Rules.Select(rule => (rule.Result, rule.Id, Text(rule.Left), Text(rule.Right), Text(rule.Delta))),
            csv.Where(line => line[0] == "rule").Select(line => (line[1], line[19], line[21], line[22], line[23])));
        var sums = csv.Where(line => line[0] == "sum").ToDictionary(line => line[19], line => line[20]);
        Assert.Equal((Text(json.Claims.Missing), Text(json.Money.FundedFen)), (sums["claims.missing"], sums["money.fundedFen"]));
        Assert.Equal(23, sums.Count);
    }

    [Fact]
    public async Task Causes_NameWhatTheReasonsSay()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Lost("a");
        await world.InFlight("b");

        var report = (await Find(world, new ReportRequest()))!;

        Assert.Equal(report.Reasons, report.Causes.Select(cause => cause.Reason));
        Assert.Contains(report.Causes, cause => cause is { Code: "rule_fails", Rule: "granted_is_on_its_way_or_recorded" });
        Assert.Contains(report.Causes, cause => cause is { Code: "in_flight", Count: > 0 });
    }

    [Fact]
    public async Task PacketsOfAPage_HaveSenderTimeAndTotal()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Settled("a");
        var newer = await world.Settled("a");

        var page = (await Find(world, new ReportRequest(Limit: 1)))!.PacketsPage!;

        Assert.Equal((newer, 2L), (page.Items.Single().PacketId, page.Total));
        Assert.NotNull(page.Items[0].CreatedAt);
        Assert.NotEmpty(page.Items[0].SenderId);
    }

    private static Task<ConsistencyReport?> Find(ReconciliationWorld world, ReportRequest request) =>
        world.Get<ReportBuilder>().Find(request, ReconciliationWorld.Stop);

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}

/// <summary>An endpoint called without a server around it. Its exceptions are answered as at the edge.</summary>
internal sealed record Called(int Status, string Body, IHeaderDictionary Headers)
{
    public string? Code => Status < 400 ? null : JsonDocument.Parse(Body).RootElement.GetProperty("code").GetString();

    public static Task<Called> Report(ReconciliationWorld world, string query = "") =>
        By(world, query, "op", context => world.Get<ReportEndpoint>().Handle(context));

    public static async Task<Called> By(
        ReconciliationWorld world, string query, string user, Func<HttpContext, Task<IResult>> endpoint, string? body = null)
    {
        var context = new DefaultHttpContext { RequestServices = world.Services };
        context.Request.QueryString = new QueryString(query);
        var identity = new System.Security.Claims.ClaimsIdentity([new(Caller.UserClaim, user)], "test");
        context.User = new System.Security.Claims.ClaimsPrincipal(identity);
        if (body is not null)
        {
            context.Request.ContentType = "application/json";
            context.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));
        }
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        await (await Answer(endpoint, context)).ExecuteAsync(context);
        return new Called(context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(answer.ToArray()), context.Response.Headers);
    }

    private static async Task<IResult> Answer(Func<HttpContext, Task<IResult>> endpoint, HttpContext context)
    {
        try
        {
            return await endpoint(context);
        }
        catch (Exception exception) when (EdgeProblems.ForException(exception) is { } problem)
        {
            return problem;
        }
    }
}
