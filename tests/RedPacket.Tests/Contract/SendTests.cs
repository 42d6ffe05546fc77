using System.Text.RegularExpressions;

namespace RedPacket.Tests.Contract;

/// <summary><c>POST /api/v1/packets</c></summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class SendTests(DemoProcess demo)
{
    private const string Time = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";

    private ApiClient Api => demo.Api;

    [Fact]
    public async Task ValidBody_Returns201WithLocationAndPacket()
    {
        var answer = await Api.Send(
            """{"kind":"lucky","amountFen":10000,"count":100,"greeting":"恭喜发财","expiresInSeconds":86400}""",
            "anna");

        Assert.True(answer.Status == 201, answer.ToString());
        Assert.Equal("application/json", answer.MediaType);
        Assert.Equal(
            $"/api/v1/packets/{answer["packetId"]}",
            answer.Headers.Location!.IsAbsoluteUri ? answer.Headers.Location.AbsolutePath : answer.Headers.Location.ToString());
        Assert.Equal(
            ["packetId", "senderId", "kind", "amountFen", "count", "greeting", "createdAt", "expiresAt", "state"],
            answer.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("anna", "lucky", "10000", "100", "恭喜发财", "open"),
            (answer["senderId"], answer["kind"], answer["amountFen"], answer["count"], answer["greeting"], answer["state"]));
        Assert.Matches(Time, answer["createdAt"]);
        Assert.Matches(Time, answer["expiresAt"]);
        Assert.Equal(
            TimeSpan.FromDays(1),
            answer.Json.GetProperty("expiresAt").GetDateTimeOffset() - answer.Json.GetProperty("createdAt").GetDateTimeOffset());
        Assert.Matches(@"^\d+-[0-9a-f]{32}$", answer["packetId"]);
        Assert.False(answer.Replayed);
    }

    [Fact]
    public async Task OptionalFieldsMissing_GreetingIsEmptyAndExpiryIsOneDay()
    {
        var answer = await Api.Send("""{"count":3,"amountFen":300,"kind":"equal"}""");

        Assert.True(answer.Status == 201, answer.ToString());
        Assert.Equal("", answer["greeting"]);
        Assert.Equal(
            TimeSpan.FromDays(1),
            answer.Json.GetProperty("expiresAt").GetDateTimeOffset() - answer.Json.GetProperty("createdAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task SameKeyAndContent_ReturnsSameBytesAndOnePacket()
    {
        var key = ApiClient.NewKey();
        var first = await Api.Send("""{"kind":"lucky","amountFen":500,"count":5}""", "anna", key);
        var before = await Sums.Of(Api);

        // Order, blanks and explicit defaults do not change the content.
        var again = await Api.Send(
            """{ "count":5, "amountFen":500, "kind":"lucky", "greeting":"", "expiresInSeconds":86400 }""",
            "anna", key);

        Assert.Equal((201, false), (first.Status, first.Replayed));
        Assert.Equal((201, true), (again.Status, again.Replayed));
        Assert.Equal(first.Bytes, again.Bytes);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Fact]
    public async Task SameKeyAfterGrabs_ReturnsSameBytes()
    {
        var key = ApiClient.NewKey();
        var first = await Api.Send("""{"kind":"lucky","amountFen":2,"count":1}""", "anna", key);
        await Api.Grab(first["packetId"], "bob");

        var again = await Api.Send("""{"kind":"lucky","amountFen":2,"count":1}""", "anna", key);

        Assert.Equal(first.Bytes, again.Bytes);
    }

    [Fact]
    public async Task SameKeyOtherContent_Returns422AndChangesNothing()
    {
        var key = ApiClient.NewKey();
        await Api.Send("""{"kind":"lucky","amountFen":500,"count":5}""", "anna", key);
        var before = await Sums.Of(Api);

        var other = await Api.Send("""{"kind":"lucky","amountFen":501,"count":5}""", "anna", key);

        Assert.Equal((422, "key_reused"), (other.Status, other.Code));
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Fact]
    public async Task SameKeyOtherSender_CreatesAnotherPacket()
    {
        var key = ApiClient.NewKey();
        var annas = await Api.Send("""{"kind":"lucky","amountFen":500,"count":5}""", "anna", key);
        var bobs = await Api.Send("""{"kind":"lucky","amountFen":700,"count":7}""", "bob", key);

        Assert.Equal((201, 201), (annas.Status, bobs.Status));
        Assert.NotEqual(annas["packetId"], bobs["packetId"]);
    }

    [Fact]
    public async Task SameKeyFiftyTimesInParallel_CreatesOnePacket()
    {
        var key = ApiClient.NewKey();
        var before = await Sums.Of(Api);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50)
                .Select(_ => Api.Send("""{"kind":"lucky","amountFen":900,"count":9}""", "anna", key)));

        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Equal(before.Funded + 900, (await Sums.Of(Api)).Funded);
    }

    [Theory]
    [InlineData("""{"kind":"lucky","amountFen":1,"count":1,"expiresInSeconds":10}""")]
    [InlineData("""{"kind":"lucky","amountFen":20000000,"count":1,"expiresInSeconds":604800}""")]
    [InlineData("""{"kind":"lucky","amountFen":100000,"count":100000}""")]
    [InlineData("""{"kind":"equal","amountFen":100000,"count":100000}""")]
    public async Task ValuesAtTheLimits_Return201(string body) => Assert.Equal(201, (await Api.Send(body)).Status);

    [Theory]
    [InlineData("a")]
    [InlineData("!~ends-of-the-visible-range~!")]
    public async Task KeysAtTheLimits_Return201(string start) =>
        Assert.Equal(
            201,
            (await Api.Send("""{"kind":"lucky","amountFen":1,"count":1}""", "anna", start + new string('k', 200 - start.Length))).Status);

    [Fact]
    public async Task GreetingWithMarkup_Returns201AndIsEscapedInTheReport()
    {
        const string markup = "<script>alert('红包')</script>";
        var sent = await Api.Send($$"""{"kind":"lucky","amountFen":100,"count":1,"greeting":"{{markup}}"}""");

        Assert.True(sent.Status == 201, sent.ToString());
        Assert.Equal(markup, (await Api.Get($"/api/v1/packets/{sent["packetId"]}"))["greeting"]);
        var page = await Api.GetAsOperator($"/api/v1/consistency?format=html&packetId={sent["packetId"]}");
        Assert.Equal("text/html", page.MediaType);
        Assert.DoesNotContain(markup, page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("👨‍👩‍👧‍👦 新年快乐 🧧")]
    [InlineData("مبارك עברית")]
    public async Task GreetingInAnyScript_IsReturnedUnchanged(string greeting)
    {
        var sent = await Api.Send($$"""{"kind":"lucky","amountFen":100,"count":1,"greeting":"{{greeting}}"}""");

        Assert.True(sent.Status == 201, sent.ToString());
        Assert.Equal(greeting, sent["greeting"]);
    }

    [Fact]
    public async Task HundredFamilyEmoji_CountAsHundredCharacters()
    {
        var hundred = string.Concat(Enumerable.Repeat("👨‍👩‍👧‍👦", 100));

        var sent = await Api.Send($$"""{"kind":"lucky","amountFen":100,"count":1,"greeting":"{{hundred}}"}""");

        Assert.True(sent.Status == 201, sent.ToString());
        Assert.Matches(Regex.Escape(hundred), sent["greeting"]);
    }
}
