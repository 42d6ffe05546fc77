
namespace RedPacket.Tests.Contract;

/// <summary>Calls refused because of their caller, path or method.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class BadCallTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Theory]
    [InlineData("GET", "/api/v1/packets/" + ApiClient.Unknown)]
    [InlineData("POST", "/api/v1/packets")]
    [InlineData("POST", "/api/v1/packets/" + ApiClient.Unknown + "/grabs")]
    [InlineData("GET", "/api/v1/packets")]
    [InlineData("GET", "/api/v1/wallets/anna")]
    [InlineData("GET", "/api/v1/wallets/anna/transfers")]
    [InlineData("GET", "/api/v1/consistency")]
    [InlineData("POST", "/api/v1/consistency/repairs")]
    [InlineData("GET", "/api/v1/parked")]
    [InlineData("POST", "/api/v1/parked/replays")]
    public async Task TokenMissingOrInvalid_Returns401(string method, string path)
    {
        await Refused(await Api.Call(new HttpMethod(method), path, null), 401, "unauthenticated");
        await Refused(
            await Api.Call(new HttpMethod(method), path, null, false, null, ("Authorization", "Bearer nonsense")),
            401, "unauthenticated");
        await Refused(
            await Api.Call(
                new HttpMethod(method), path, null, false, null, ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0.")),
            401, "unauthenticated");
    }

    [Theory]
    [InlineData("GET", "/api/v1/wallets/bob")]
    [InlineData("GET", "/api/v1/wallets/bob/transfers")]
    [InlineData("GET", "/api/v1/wallets/ANNA")]
    [InlineData("GET", "/api/v1/packets")]
    [InlineData("GET", "/api/v1/consistency")]
    [InlineData("POST", "/api/v1/consistency/repairs")]
    [InlineData("GET", "/api/v1/parked")]
    [InlineData("POST", "/api/v1/parked/replays")]
    public async Task CallOfAnotherUserOrOperator_Returns403(string method, string path) =>
        await Refused(
            await Api.Call(new HttpMethod(method), path, "anna", false, method == "POST" ? ApiClient.Json("{}") : null),
            403, "forbidden");

    [Theory]
    [InlineData("two words")]
    [InlineData("..")]
    [InlineData("<b>")]
    [InlineData("{0}")]
    [InlineData("a'b")]
    [InlineData("a\\b")]
    [InlineData("ü")]
    [InlineData("256")]
    public async Task InvalidUserId_Returns400(string user)
    {
        var packetId = await Api.Packet();
        var name = user == "256" ? new string('x', 256) : user;

        await Refused(await Api.Grab(packetId, name), 400, "user_invalid");
        await Refused(await Api.Send(ApiClient.Terms(100, 1), name), 400, "user_invalid");
        Assert.Equal("0", (await Api.Get($"/api/v1/packets/{packetId}"))["grabbedCount"]);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("0-")]
    [InlineData("-0123456789abcdef0123456789abcdef")]
    [InlineData("0-0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("00-0123456789abcdef0123456789abcdef")]
    [InlineData("10000-0123456789abcdef0123456789abcdef")]
    [InlineData("99999999999999999999-0123456789abcdef0123456789abcdef")]
    [InlineData("0-0123456789abcdef0123456789abcde")]
    [InlineData("0-0123456789abcdef0123456789abcdef0")]
    [InlineData("%7B0%7D%3Ameta")]
    [InlineData("{0}:out")]
    [InlineData("a%2Fb")]
    [InlineData("..%2f..%2fetc")]
    [InlineData("%00")]
    [InlineData("%E7%BA%A2%E5%8C%85")]
    [InlineData("*")]
    [InlineData("a/b/c")]
    public async Task MalformedPacketId_Returns400Or404(string id)
    {
        foreach (var answer in new[] { await Api.Get($"/api/v1/packets/{id}"), await Api.Grab(id, "anna") })
        {
            // A request line that Kestrel itself cannot read (a NUL) gets its bare 400.
            var kestrels = answer is { Status: 400, Bytes.Length: 0 };
            Assert.True(
                kestrels || (answer.Status, answer.Code) is (400, "packet_id_invalid") or (404, "packet_unknown") or (404, "not_found"),
                $"{id}: {answer}");
            if (answer.Bytes.Length > 0)
                Problems.Check(answer);
        }
    }

    [Fact]
    public async Task UnknownPacket_Returns404() =>
        await Refused(await Api.Get($"/api/v1/packets/{ApiClient.Unknown}"), 404, "packet_unknown");

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("limit=")]
    [InlineData("limit=1.5")]
    [InlineData("limit=99999999999999999999")]
    [InlineData("after=-1")]
    [InlineData("after=x")]
    [InlineData("after=2147483648")]
    public async Task PageOutOfRange_Returns400(string query)
    {
        var packetId = await Api.Packet();

        await Refused(await Api.Get($"/api/v1/packets/{packetId}?{query}"), 400, "page_invalid");
        if (query.StartsWith("limit", StringComparison.Ordinal))
        {
            await Refused(await Api.GetAsOperator($"/api/v1/packets?{query}"), 400, "page_invalid");
            await Refused(await Api.GetAsOperator($"/api/v1/wallets/anna/transfers?{query}"), 400, "page_invalid");
        }
    }

    [Theory]
    [InlineData("/api/v1/packets?state=gone", "state_invalid")]
    [InlineData("/api/v1/packets?after=gone", "packet_id_invalid")]
    [InlineData("/api/v1/consistency?format=xml", "format_invalid")]
    [InlineData("/api/v1/consistency?packetId=gone", "packet_id_invalid")]
    [InlineData("/api/v1/wallets/two%20words", "user_invalid")]
    [InlineData("/api/v1/packets?limti=2", "query_unknown")]
    [InlineData("/api/v1/wallets/anna?limit=2", "query_unknown")]
    [InlineData("/api/v1/consistency?packetid=gone", "query_unknown")]
    public async Task InvalidQueryOfAnOperator_Returns400(string path, string code) =>
        await Refused(await Api.GetAsOperator(path), 400, code);

    [Theory]
    [InlineData("/api/v1/consistency/repairs", "{", "invalid_json")]
    [InlineData("/api/v1/consistency/repairs", "[]", "invalid_json")]
    [InlineData("/api/v1/consistency/repairs", """{"dryRun":"yes"}""", "invalid_json")]
    [InlineData("/api/v1/consistency/repairs", """{"dryRun":true,"force":true}""", "unknown_field")]
    [InlineData("/api/v1/consistency/repairs", """{"dry\ud800Run":true}""", "invalid_json")]
    [InlineData("/api/v1/parked/replays", """{"al\udc00l":true}""", "invalid_json")]
    [InlineData("/api/v1/parked/replays", "{", "invalid_json")]
    [InlineData("/api/v1/parked/replays", """{"ids":"1"}""", "invalid_json")]
    [InlineData("/api/v1/parked/replays", """{"ids":[1],"force":true}""", "unknown_field")]
    public async Task InvalidBodyOfAnOperator_Returns400(string path, string body, string code)
    {
        var before = await Sums.Of(Api);

        await Refused(await Api.PostAsOperator(path, body), 400, code);
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Theory]
    [InlineData("DELETE", "/api/v1/packets")]
    [InlineData("PUT", "/api/v1/packets/" + ApiClient.Unknown)]
    [InlineData("GET", "/api/v1/packets/" + ApiClient.Unknown + "/grabs")]
    [InlineData("POST", "/api/v1/wallets/anna")]
    [InlineData("DELETE", "/api/v1/consistency")]
    [InlineData("GET", "/api/v1/consistency/repairs")]
    [InlineData("POST", "/api/v1/info")]
    public async Task WrongMethod_Returns405WithAllow(string method, string path)
    {
        var answer = await Api.Call(new HttpMethod(method), path, "olga", asOperator: true);

        await Refused(answer, 405, "method_not_allowed");
        Assert.NotEmpty(answer.ContentHeaders.Allow);
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/v2/packets")]
    [InlineData("/api/v1/packets/" + ApiClient.Unknown + "/grabs/1")]
    public async Task UnknownPath_Returns404(string path) => await Refused(await Api.Get(path), 404, "not_found");

    private static Task Refused(ApiAnswer answer, int status, string code)
    {
        Assert.True(answer.Status == status && answer.Code == code, $"expected {status} {code}, got {answer}");
        Problems.Check(answer);
        return Task.CompletedTask;
    }
}
