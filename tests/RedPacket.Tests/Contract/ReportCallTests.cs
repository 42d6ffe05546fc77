using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary><c>GET /api/v1/consistency</c> and the operators' other calls.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class ReportCallTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task Json_HasEveryMember()
    {
        var report = await Api.Consistent();

        string[] members =
        [
            "verdict", "asOf", "tookMs", "packets", "claims", "money", "rules", "differences", "differencesTotal",
        ];
        foreach (var member in members)
            Assert.True(report.TryGetProperty(member, out _), member);
        Assert.Equal(["open", "emptied", "expired"], Names(report.GetProperty("packets")));
        Assert.Equal(
            ["granted", "settled", "inFlight", "missing", "orphan", "mismatch", "duplicate", "parked"],
            Names(report.GetProperty("claims")));
        Assert.Equal(
            ["fundedFen", "grantedFen", "refundedFen", "leftFen", "settledFen", "inFlightFen"],
            Names(report.GetProperty("money")));
        Assert.NotEmpty(report.GetProperty("rules").EnumerateArray());
        Assert.All(
            report.GetProperty("rules").EnumerateArray(),
            rule => Assert.Equal(["id", "statement", "left", "right", "delta", "result"], Names(rule)));
        Assert.All(report.GetProperty("rules").EnumerateArray(), rule => Assert.Equal("PASS", rule.GetProperty("result").GetString()));
        Assert.Empty(report.GetProperty("differences").EnumerateArray());
    }

    [Fact]
    public async Task EveryAnsweredGrab_IsInTheNextReport()
    {
        var before = await Sums.Of(Api);
        var packetId = await Api.Packet(amountFen: 1000, count: 10);
        var won = await Api.Grab(packetId, "counted");

        var after = await Sums.Of(Api);

        Assert.Equal(
            (before.Granted + 1, before.GrantedFen + won.Json.GetProperty("amountFen").GetInt64()),
            (after.Granted, after.GrantedFen));
        Assert.Equal(before.Funded + 1000, after.Funded);
        Assert.Equal(after.Funded, after.GrantedFen + after.Unclaimed);
    }

    [Fact]
    public async Task ReportUnderLoad_IsNeverInconsistentAndConservesMoney()
    {
        var packetId = await Api.Packet(amountFen: 5000, count: 2000);
        var verdicts = new List<string>();

        var crowd = Task.WhenAll(Enumerable.Range(0, 8).Select(async lane =>
        {
            for (var user = 0; user < 200; user++)
                await Api.Grab(packetId, $"load{lane}x{user}");
        }));
        do
        {
            var report = await Api.Report();
            verdicts.Add(report.GetProperty("verdict").GetString()!);
            var money = report.GetProperty("money");
            Assert.Equal(Fen(money, "fundedFen"), Fen(money, "grantedFen") + Fen(money, "refundedFen") + Fen(money, "leftFen"));
        }
        while (!crowd.IsCompleted);
        await crowd;

        Assert.DoesNotContain("INCONSISTENT", verdicts);
        await Api.Consistent();
    }

    [Theory]
    [InlineData("format=json", null, "application/json")]
    [InlineData("format=csv", null, "text/csv")]
    [InlineData("format=html", null, "text/html")]
    [InlineData("", "text/csv", "text/csv")]
    [InlineData("", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html")]
    [InlineData("", "*/*", "application/json")]
    [InlineData("format=json", "text/html", "application/json")]
    public async Task Format_FollowsParameterOrAccept(string query, string? accept, string expected)
    {
        var answer = await Api.GetAsOperator($"/api/v1/consistency?{query}", accept is null ? [] : [("Accept", accept)]);

        Assert.Equal((200, expected), (answer.Status, answer.MediaType));
    }

    [Fact]
    public async Task ReportOfOnePacket_HasEveryFormat()
    {
        var packetId = await Api.Packet(amountFen: 500, count: 2);
        await Api.Grab(packetId, "drilled");
        await Api.Consistent();

        var json = await Api.GetAsOperator($"/api/v1/consistency?packetId={packetId}");
        var csv = await Api.GetAsOperator($"/api/v1/consistency?packetId={packetId}&format=csv");
        var html = await Api.GetAsOperator($"/api/v1/consistency?packetId={packetId}&format=html");

        Assert.All([json, csv, html], answer => Assert.True(answer.Status == 200, answer.ToString()));
        Assert.Contains(packetId, csv.Text, StringComparison.Ordinal);
        Assert.Contains(packetId, html.Text, StringComparison.Ordinal);
        Assert.True(csv.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 2, csv.Text);
    }

    [Fact]
    public async Task DryRunOfRepairs_FindsNothing()
    {
        await Api.Consistent();

        var answer = await Api.PostAsOperator("/api/v1/consistency/repairs", """{"dryRun":true}""");

        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(["dryRun", "found", "issued", "entries"], Names(answer.Json).Take(4));
        Assert.Equal(("True", "0", "0"), (answer["dryRun"], answer["found"], answer["issued"]));
    }

    [Fact]
    public async Task ParkedAndReplays_Return200()
    {
        var parked = await Api.GetAsOperator("/api/v1/parked");
        var replay = await Api.PostAsOperator("/api/v1/parked/replays", """{"all":true}""");

        Assert.True(parked.Status == 200, parked.ToString());
        Assert.True(replay.Status == 200, replay.ToString());
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];

    private static long Fen(JsonElement money, string name) => money.GetProperty(name).GetInt64();
}
