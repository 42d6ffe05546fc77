using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using RedPacket.Comparison;
using RedPacket.Feed;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Operations;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Wallets;

namespace RedPacket.Tests.Http;

/// <summary>The description of the API, and the page that shows it.</summary>
public sealed partial class ApiDescriptionTests(DescribedService service) : IClassFixture<DescribedService>
{
    private const string Json = "application/json";

    /// <summary>
    /// The answers that a record makes. A grab's answer is written by hand, and a contract test compares it.
    /// </summary>
    private static readonly Dictionary<string, JsonTypeInfo> s_records = new()
    {
        ["post /api/v1/packets"] = PacketAnswersJson.Readable.SentAnswer,
        ["get /api/v1/packets"] = PacketAnswersJson.Readable.PacketListAnswer,
        ["get /api/v1/packets/{packetId}"] = PacketAnswersJson.Readable.PacketAnswer,
        ["get /api/v1/packets/{packetId}/live"] = PacketAnswersJson.Readable.PacketChangeAnswer,
        ["get /api/v1/wallets/{userId}"] = WalletsJson.Readable.WalletAnswer,
        ["get /api/v1/wallets/{userId}/transfers"] = WalletsJson.Readable.StatementPage,
        ["get /api/v1/consistency"] = ReportsJson.Readable.ConsistencyReport,
        ["get /api/v1/consistency/history"] = ReportsJson.Readable.PastReports,
        ["get /api/v1/consistency/diff"] = ReportsJson.Readable.ReportDiff,
        ["get /api/v1/consistency/alerts"] = ReportsJson.Readable.AlertList,
        ["post /api/v1/consistency/alerts/acknowledgements"] = ReportsJson.Readable.AlertAcknowledgement,
        ["post /api/v1/consistency/repairs"] = RepairsJson.Readable.RepairAnswer,
        ["get /api/v1/parked"] = RepairsJson.Readable.ParkedPage,
        ["get /api/v1/parked/groups"] = RepairsJson.Readable.ParkedGroupList,
        ["get /api/v1/parked/{id}"] = RepairsJson.Readable.ParkedDetail,
        ["post /api/v1/parked/acknowledgements"] = RepairsJson.Readable.AcknowledgementAnswer,
        ["post /api/v1/parked/corrections"] = RepairsJson.Readable.CorrectionAnswer,
        ["post /api/v1/parked/replays"] = RepairsJson.Readable.ReplayAnswer,
        ["get /api/v1/transfers"] = FeedJson.Readable.FeedPage,
        ["get /api/v1/subscribers"] = FeedJson.Readable.SubscriberList,
        ["put /api/v1/subscribers/{name}"] = FeedJson.Readable.SubscriberAnswer,
        ["get /api/v1/info"] = OperationsJson.Readable.ServiceInfo,
        ["get /api/v1/live"] = OperationsJson.Readable.LiveNumbers,
        ["get /health/live"] = OperationsJson.Readable.Liveness,
        ["get /health/ready"] = OperationsJson.Readable.Readiness,
    };

    [Theory]
    [InlineData("", null, "/")]
    [InlineData("/pay/red", null, "/pay/red")]
    [InlineData("", "/other", "/other")]
    public async Task Description_NamesThePathUnderWhichItWasAsked(string path, string? prefix, string server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path + OpenApiSetup.Address);
        if (prefix is not null)
            request.Headers.Add("X-Forwarded-Prefix", prefix);

        using var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var described = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(server, Assert.Single(described["servers"]!.AsArray())!["url"]!.GetValue<string>());
        described["servers"] = JsonNode.Parse("""[{"url":"/"}]""");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(service.Text), described));
    }

    [Fact]
    public void Description_NamesEveryStatusCodeAndExampleOfACall()
    {
        var call = service.Document.GetProperty("paths").GetProperty("/described").GetProperty("get");
        var responses = call.GetProperty("responses");
        Assert.Equal(
            ["200", "400", "401", "403", "404", "415", "429", "500", "503"],
            responses.EnumerateObject().Select(response => response.Name).Order());
        var answer = responses.GetProperty("200").GetProperty("content").GetProperty(Json);
        Assert.Equal(1, answer.GetProperty("example").GetProperty("amountFen").GetInt32());
        Assert.Equal(
            "integer",
            answer.GetProperty("schema").GetProperty("properties").GetProperty("amountFen").GetProperty("type").GetString());
        var problem = responses.GetProperty("404").GetProperty("content").GetProperty("application/problem+json");
        Assert.Equal(
            "packet_unknown",
            problem.GetProperty("examples").GetProperty("packet_unknown").GetProperty("value").GetProperty("code").GetString());
        Assert.Equal("#/components/schemas/Problem", problem.GetProperty("schema").GetProperty("$ref").GetString());
        Assert.True(responses.GetProperty("503").GetProperty("headers").TryGetProperty("Retry-After", out _));
        Assert.True(call.TryGetProperty("security", out _));
        Assert.True(service.Document.GetProperty("components").GetProperty("securitySchemes").TryGetProperty("Bearer", out _));
    }

    [Fact]
    public void Description_IsValidOpenApi31()
    {
        var read = OpenApiDocument.Parse(service.Text, "json");
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic!.SpecificationVersion);
        Assert.Empty(read.Diagnostic.Errors.Concat(read.Diagnostic.Warnings).Select(error => error.ToString()));
        Assert.StartsWith("3.1", service.Document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Description_IsBuiltOnce()
    {
        Assert.Equal(service.Text, await service.Client.GetStringAsync(OpenApiSetup.Address, TestContext.Current.CancellationToken));
        Assert.Equal(1, service.Made);
    }

    [Fact]
    public void EveryCallOfTheService_IsDescribedOnceWithDeclaredTagsAndUniqueParameters()
    {
        var tags = service.Document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()).ToHashSet();
        Assert.Equal(32, service.Calls.Count());
        Assert.All(service.Calls, call =>
        {
            Assert.NotEmpty(call.Call.GetProperty("summary").GetString()!);
            Assert.Subset(tags, call.Call.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).ToHashSet());
            var parameters = Parameters(call.Call).ToArray();
            Assert.Equal(parameters.Distinct(), parameters);
            Assert.Equal(NeedsCaller(call.Name), call.Call.TryGetProperty("security", out _));
        });
        Assert.All(
            service.Calls.Where(call =>
                call.Name.Contains("/parked", StringComparison.Ordinal) || call.Name.Contains("/consistency", StringComparison.Ordinal)),
            call => Assert.Equal("Consistency", call.Call.GetProperty("tags").EnumerateArray().Single().GetString()));
    }

    [Fact]
    public void EveryAnswer_HasAnExample()
    {
        Assert.All(service.Calls, call =>
        {
            var responses = call.Call.GetProperty("responses").EnumerateObject().ToArray();
            Assert.Single(responses, response => response.Name[0] == '2');
            var withBody = responses.Where(response => response.Name != "204");
            Assert.All(withBody, response => Assert.All(response.Value.GetProperty("content").EnumerateObject(),
                media => Assert.True(Examples(media.Value).Any(), $"{call.Name} {response.Name} {media.Name}")));
        });
    }

    [Fact]
    public void Examples_HaveTheFieldsOfTheirRecords()
    {
        foreach (var (name, record) in s_records)
        {
            var answers = service.Calls.Single(call => call.Name == name).Call.GetProperty("responses").EnumerateObject();
            var examples = from answer in answers
                           from media in answer.Value.GetProperty("content").EnumerateObject()
                           where media.Name is Json or "text/event-stream"
                           from example in Examples(media.Value)
                           select JsonNode.Parse(example.GetRawText());
            Assert.All(examples, example =>
            {
                var same = JsonSerializer.SerializeToNode(example.Deserialize(record), record);
                Assert.True(JsonNode.DeepEquals(example, same), $"{name}:\n{example!.ToJsonString()}\n{same!.ToJsonString()}");
            });
        }
    }

    [Fact]
    public void Examples_NameRulesAndReasonsThatExist()
    {
        var rules = ReportRules.OfPackets(new ComparisonTally(), true, true)
            .Concat(ReportRules.OfLedger(null, [])).Append(ReportRules.OfSubscribers(null))
            .Select(rule => rule.Id).ToHashSet();
        Assert.Subset(rules, RuleId().Matches(service.Text).Select(found => found.Groups["word"].Value).ToHashSet());
        string[] reasons = [ParkReason.Unreadable, ParkReason.Conflict, ParkReason.Refused, ParkReason.KeyTaken];
        var parked = Examples(
            service.Calls.Single(call => call.Name == "get /api/v1/parked").Call
                .GetProperty("responses").GetProperty("200")
            .GetProperty("content").GetProperty(Json)).SelectMany(page => page.GetProperty("parked").EnumerateArray());
        string[] details = [Chunk.WhyUnreadable, Chunk.WhyForgotten];
        Assert.All(parked, entry => Assert.Contains(entry.GetProperty("reason").GetString(), reasons));
        Assert.All(parked, entry => Assert.Contains(entry.GetProperty("detail").GetString(), details));
    }

    [Fact]
    public async Task Page_LoadsOnlyOwnFilesUnderItsPolicy()
    {
        var page = await Get("/scalar/");
        Assert.Equal((200, "text/html"), (page.Status, page.Content.ContentType?.MediaType));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = Nonce().Match(policy).Groups["nonce"].Value;
        Assert.All(Script().Matches(page.Body).Select(script => script.Value), script =>
            Assert.True(
                script.Contains($"nonce=\"{nonce}\"", StringComparison.Ordinal)
                || script.Contains("src=", StringComparison.Ordinal),
                script));
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Body);
        Assert.DoesNotContain("fonts.scalar.com", page.Body, StringComparison.Ordinal);
        foreach (var source in Source().Matches(page.Body).Select(match => match.Groups["source"].Value))
            Assert.Equal(200, (await Get("/scalar/" + source)).Status);
        Assert.NotEqual(policy, (await Get("/scalar/")).Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public void EveryCodeInTheSource_IsListedWithItsStatus()
    {
        var used = from file in SourceTree.Files("src", "*.cs")
                   from found in NewProblem().Matches(file.Code)
                   select (Code: found.Groups["code"].Value, Status: found.Groups["status"].Value, file.RelativePath);
        Assert.All(used, problem => Assert.True(
            Codes.All.TryGetValue(problem.Code, out var known) && known.Status.ToString(CultureInfo.InvariantCulture) == problem.Status,
            $"{problem.RelativePath}: {problem.Code} with {problem.Status} is not in Codes"));
    }

    private static IEnumerable<(string?, string?)> Parameters(JsonElement call) => call.TryGetProperty("parameters", out var parameters)
        ? parameters.EnumerateArray()
            .Select(parameter => (parameter.GetProperty("name").GetString(), parameter.GetProperty("in").GetString()))
        : [];

    private static bool NeedsCaller(string name) =>
        name.Contains("/api/v1/", StringComparison.Ordinal) && name is not ("get /api/v1/info" or "get /api/v1/live");

    private static IEnumerable<JsonElement> Examples(JsonElement media) => media.TryGetProperty("example", out var example) ? [example]
        : media.TryGetProperty("examples", out var examples) ? examples.EnumerateObject().Select(named => named.Value.GetProperty("value"))
        : [];

    private async Task<EdgeAnswer> Get(string path)
    {
        using var response = await service.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }

    [GeneratedRegex("\"id\":\\s*\"(?<word>[a-z_]+)\",\\s*\"statement\"")]
    private static partial Regex RuleId();

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("<script[^>]*src=\"(?<source>[^\"]+)\"")]
    private static partial Regex Source();

    [GeneratedRegex("new(?:\\s+Problem)?\\s*\\(\\s*(?<status>[45]\\d\\d),\\s*\"(?<code>[a-z_]+)\"")]
    private static partial Regex NewProblem();
}
