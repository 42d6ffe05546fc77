using RedPacket.Tests.Operations;
using RedPacket.Http;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RedPacket.Tests.Http;

/// <summary>The description of the API, and the page that shows it.</summary>
public sealed partial class ApiDescriptionTests
{
    // Nothing listens there; none of this needs the store.
    private const string NoStore = "127.0.0.1:1,connectTimeout=100";

    [Fact]
    public async Task Description_NamesEveryStatusCodeAndExampleOfACall()
    {
        await using var app = await OperationsApp.Start(NoStore);
        var answer = await app.Get("/openapi/v1.json");
        Assert.Equal(200, answer.Status);
        using var document = JsonDocument.Parse(answer.Body);
        var call = document.RootElement.GetProperty("paths").GetProperty("/described").GetProperty("get");
        var responses = call.GetProperty("responses");
        Assert.Equal(["200", "400", "401", "403", "404", "415", "429", "500", "503"], responses.EnumerateObject().Select(response => response.Name).Order());
        Assert.Equal(1, responses.GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("example").GetProperty("amountFen").GetInt32());
        Assert.Equal("integer", responses.GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("properties")
            .GetProperty("amountFen").GetProperty("type").GetString());
        var problem = responses.GetProperty("404").GetProperty("content").GetProperty("application/problem+json");
        Assert.Equal("packet_unknown", problem.GetProperty("examples").GetProperty("packet_unknown").GetProperty("value").GetProperty("code").GetString());
        Assert.Equal("#/components/schemas/Problem", problem.GetProperty("schema").GetProperty("$ref").GetString());
        Assert.True(responses.GetProperty("503").GetProperty("headers").TryGetProperty("Retry-After", out _));
        Assert.True(call.TryGetProperty("security", out _));
        Assert.True(document.RootElement.GetProperty("components").GetProperty("securitySchemes").TryGetProperty("Bearer", out _));
    }

    [Fact]
    public async Task EveryCallOfTheService_IsDescribedWithAnAnswerAndAnExample()
    {
        using var folder = new Folder("described");
        await using var service = RedPacketService.Build(["--urls=http://127.0.0.1:0", $"--ConnectionStrings:Redis={NoStore}",
            $"--ConnectionStrings:Ledger=Data Source={folder.File("ledger.db")}", "--Outbox:InMemory=true", $"--Jwt:SigningKeys:0={EdgeApp.Key}", "--Logging:LogLevel:Default=Critical"]);
        await service.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        var calls = (from path in document.RootElement.GetProperty("paths").EnumerateObject()
                     from call in path.Value.EnumerateObject()
                     select (Name: $"{call.Name} {path.Name}", Call: call.Value)).ToArray();
        Assert.Equal(17, calls.Length);
        Assert.All(calls, call =>
        {
            Assert.True(call.Call.TryGetProperty("summary", out _), call.Name);
            var answers = call.Call.GetProperty("responses").EnumerateObject().Where(response => response.Name[0] == '2').ToArray();
            Assert.True(answers.Length == 1 && answers[0].Value.GetProperty("content").EnumerateObject().All(media =>
                media.Value.TryGetProperty("example", out _) || media.Value.TryGetProperty("examples", out _)), call.Name);
            Assert.Equal(call.Name.Contains("/api/v1/", StringComparison.Ordinal) && !call.Name.EndsWith("/info", StringComparison.Ordinal) && !call.Name.EndsWith("/live", StringComparison.Ordinal),
                call.Call.TryGetProperty("security", out _));
        });
    }

    [Fact]
    public async Task Page_ComesFromHereOnlyUnderAPolicyOfItsOwn()
    {
        await using var app = await OperationsApp.Start(NoStore);
        var page = await app.Get("/scalar/");
        Assert.Equal((200, "text/html"), (page.Status, page.Content.ContentType?.MediaType));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = Nonce().Match(policy).Groups["nonce"].Value;
        Assert.All(Script().Matches(page.Body).Select(script => script.Value), script =>
            Assert.True(script.Contains($"nonce=\"{nonce}\"", StringComparison.Ordinal) || script.Contains("src=", StringComparison.Ordinal), script));
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Body);
        Assert.DoesNotContain("fonts.scalar.com", page.Body, StringComparison.Ordinal);
        foreach (var source in Source().Matches(page.Body).Select(match => match.Groups["source"].Value))
            Assert.Equal(200, (await app.Get("/scalar/" + source)).Status);
        Assert.NotEqual(policy, (await app.Get("/scalar/")).Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public void EveryCodeInTheSource_IsListedWithItsStatus()
    {
        var used = from file in SourceTree.Files("src", "*.cs")
                   from found in NewProblem().Matches(file.Code)
                   select (Code: found.Groups["code"].Value, Status: found.Groups["status"].Value, file.RelativePath);
        Assert.All(used, problem => Assert.True(Codes.All.TryGetValue(problem.Code, out var known) && known.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) == problem.Status,
            $"{problem.RelativePath}: {problem.Code} with {problem.Status} is not in Codes"));
    }

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("<script[^>]*src=\"(?<source>[^\"]+)\"")]
    private static partial Regex Source();

    [GeneratedRegex("new Problem\\((?<status>[45]\\d\\d), \"(?<code>[a-z_]+)\"")]
    private static partial Regex NewProblem();
}
