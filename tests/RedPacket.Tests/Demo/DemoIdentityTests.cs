using System.Net;
using RedPacket.Tests.Contract;

namespace RedPacket.Tests.Demo;

/// <summary>
/// The identity of a browser in the demo: a cookie from this machine. From the network, users but never operators are
/// accepted, and only if the demo is open.
/// </summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class DemoIdentityTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task ChosenName_IsTheIdentityUntilItIsForgotten()
    {
        using var browser = new Browser(Api.Address);
        const string nobody = """{"userId":null,"operator":false,"network":false,"joinUrl":null}""";
        const string bob = """{"userId":"bob","operator":true,"network":false,"joinUrl":null}""";
        Assert.Equal(nobody, await browser.Text(HttpMethod.Get, "/demo/who"));
        Assert.Equal(bob, await browser.Text(HttpMethod.Post, "/demo/who", """{"userId":"bob","operator":true}"""));
        Assert.Equal(bob, await browser.Text(HttpMethod.Get, "/demo/who"));
        var grab = await browser.Text(HttpMethod.Post, $"/api/v1/packets/{await Api.Packet()}/grabs");
        Assert.Contains("\"userId\":\"bob\",\"outcome\":\"won\"", grab, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await browser.Send(HttpMethod.Get, "/api/v1/parked")).StatusCode);
        await browser.Text(HttpMethod.Post, "/demo/who", """{"userId":"tom+1@x"}""");
        Assert.Contains("\"settledFen\":0", await browser.Text(HttpMethod.Get, "/api/v1/wallets/tom+1@x"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.Send(HttpMethod.Get, "/api/v1/parked")).StatusCode);
        await browser.Text(HttpMethod.Delete, "/demo/who", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.Send(HttpMethod.Get, "/api/v1/wallets/bob")).StatusCode);
    }

    [Fact]
    public async Task Cookies_AreSameSiteAndHttpOnly()
    {
        using var browser = new Browser(Api.Address);
        using var answer = await browser.Send(HttpMethod.Post, "/demo/who", """{"userId":"bob","operator":true}""");
        var cookies = answer.Headers.GetValues("Set-Cookie").ToArray();
        Assert.Equal(2, cookies.Length);
        Assert.All(cookies, cookie => Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase));
        Assert.All(cookies, cookie => Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("""{"userId":"has space"}""", "user_invalid")]
    [InlineData("""{"userId":""}""", "user_invalid")]
    [InlineData("""{"userId":7}""", "invalid_json")]
    [InlineData("""{"operator":true}""", "invalid_json")]
    [InlineData("""{"userId":"bob","role":"operator"}""", "unknown_field")]
    public async Task InvalidBody_IsRefusedWithItsCode(string body, string code)
    {
        using var browser = new Browser(Api.Address);
        using var answer = await browser.Send(HttpMethod.Post, "/demo/who", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Nobody_IsToldToSendTheHeader()
    {
        using var browser = new Browser(Api.Address);
        using var answer = await browser.Send(HttpMethod.Get, "/api/v1/wallets/bob");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("X-User-Id", text, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"unauthenticated\"", text, StringComparison.Ordinal);
        using var withToken = await browser.Send(HttpMethod.Get, "/api/v1/wallets/bob", null, ("Authorization", "Bearer abc"));
        text = await withToken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Send a valid token", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/demo/faults/ledger-down")]
    [InlineData("DELETE", "/demo/faults/ledger-down")]
    [InlineData("POST", "/demo/crowds")]
    [InlineData("DELETE", "/demo/crowds")]
    [InlineData("DELETE", "/demo/who")]
    public async Task CrossSiteRequest_IsRefused(string method, string path)
    {
        using var body = ApiClient.Bytes("{}"u8.ToArray(), "text/plain");
        var answer = await Api.Call(new HttpMethod(method), path, "olga", asOperator: true, body, ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal((403, "forbidden"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("faults/nothing", """{"seconds":2}""", 404, "not_found")]
    [InlineData("faults/ledger-down", """{"seconds":0}""", 400, "seconds_out_of_range")]
    [InlineData("faults/ledger-down", """{"seconds":1.5}""", 400, "seconds_out_of_range")]
    [InlineData("faults/ledger-down", """{"minutes":1}""", 400, "unknown_field")]
    [InlineData("crowds", """{"perSecond":5001}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"seconds":"60"}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"packets":0}""", 400, "count_out_of_range")]
    [InlineData("crowds", """{"stages":"0:1"}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"stages":5}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"stages":"0:1,10s:5001"}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"stages":"0:1,61m:1"}""", 400, "seconds_out_of_range")]
    [InlineData("crowds", """{"stages":"0:1,10s:1","seconds":5}""", 400, "seconds_out_of_range")]
    public async Task InvalidFaultOrCrowd_IsRefusedWithItsCode_AndForOperatorsOnly(string path, string body, int status,
        string code)
    {
        var answer = await Api.PostAsOperator($"/demo/{path}", body);
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(403, (await Api.Call(HttpMethod.Post, $"/demo/{path}", "anna", body: ApiClient.Json(body))).Status);
    }

    [Theory]
    [InlineData("Cookie", "redpacket-demo-user=eve; redpacket-demo-operator=operator", 403)]
    [InlineData("Cookie", "redpacket-demo-operator=operator", 401)]
    [InlineData("X-Forwarded-For", "203.0.113.7", 401)]
    [InlineData("Forwarded", "for=203.0.113.7", 401)]
    [InlineData("Via", "1.1 tunnel", 401)]
    [InlineData("X-Forwarded-Prefix", "/demo", 401)]
    [InlineData("x-forwarded-server", "tunnel", 401)]
    [InlineData("Host", "evil.example", 400)]
    public async Task GuessedCookieTunnelOrForeignHost_IsNoOperator(string header, string value, int status)
    {
        using var caller = new Browser(Api.Address);
        (string, string)[] known = header == "Cookie" ? [] : [("X-User-Id", "eve"), ("X-Role", "operator")];
        using var answer = await caller.Send(HttpMethod.Get, "/api/v1/packets", null, [("Cookie", "a=b"), .. known, (header, value)]);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("Accept", "*/*", 200)]
    [InlineData("X-Forwarded-For", "203.0.113.7", 401)]
    [InlineData("Via", "1.1 tunnel", 401)]
    [InlineData("Authorization", "Bearer abc", 401)]
    public async Task GrabOfANameInTheHeader_IsOnlyFromThisMachine(string header, string value, int status)
    {
        using var caller = new Browser(Api.Address);
        using var answer = await caller.Send(
            HttpMethod.Post, $"/api/v1/packets/{await Api.Packet()}/grabs", null, [("X-User-Id", "eve"), (header, value)]);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task PageOfAnotherPort_CannotGrab()
    {
        var packetId = await Api.Packet(amountFen: 100, count: 10);
        using var victim = new Browser(Api.Address);
        await victim.Text(HttpMethod.Post, "/demo/who", """{"userId":"victim"}""");

        foreach (var (site, status) in new[] { ("same-site", 401), ("cross-site", 401), ("same-origin", 200) })
        {
            using var answer = await victim.Send(
                HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", null, [("Sec-Fetch-Site", site)]);
            Assert.Equal((site, status), (site, (int)answer.StatusCode));
        }
    }

    [Fact]
    public async Task CrowdWithStages_AsksForTheirSumOfGrabs()
    {
        var crowd = await Api.PostAsOperator("/demo/crowds", """{"stages":"0:20,1s:20,1s:40,2s:40","packets":2}""");
        Assert.Equal((200, 40), (crowd.Status, crowd.Json.GetProperty("perSecond").GetInt32()));
        var ended = await Eventually.Yields(
            () => Api.GetAsOperator("/demo/crowds"), answer => !answer.Json.GetProperty("running").GetBoolean());
        // On a busy machine the last steps of the crowd come after its time, and are left out.
        Assert.InRange(ended.Json.GetProperty("asked").GetInt32(), 21, 60);
    }

    [Fact]
    public async Task ClosedDemo_HasNoAddressForPhones()
    {
        Assert.Equal(404, (await Api.Get($"/demo/join/{ApiClient.Unknown}.svg")).Status);
        Assert.Equal(404, (await Api.Get($"/demo/join/{ApiClient.Unknown}")).Status);
    }

    [Fact]
    public async Task OpenDemo_AcceptsUsersFromTheNetwork_AndNoOperators()
    {
        using var folder = new Folder("open-demo");
        using var open = ServiceProcess.Demo(folder, new() { ["Demo:OpenToNetwork"] = "true" });
        await open.Start();
        using var near = new Browser(open.Address);
        await near.Text(HttpMethod.Post, "/demo/who", """{"userId":"olga","operator":true}""");
        var who = System.Text.Json.JsonDocument.Parse(await near.Text(HttpMethod.Get, "/demo/who")).RootElement;
        var join = new Uri(who.GetProperty("joinUrl").GetString()!);
        await Eventually.Holds(() => open.Output.Contains("OPEN TO THE LOCAL NETWORK", StringComparison.Ordinal));
        Assert.True(who.GetProperty("network").GetBoolean() && join.Port == open.Address.Port, who.ToString());
        if (IPAddress.TryParse(join.Host, out var outside) && !IPAddress.IsLoopback(outside))
            await FromOutside(new Uri(join, "/"), near);
        var picture = await near.Send(HttpMethod.Get, $"/demo/join/{ApiClient.Unknown}.svg");
        Assert.Equal("image/svg+xml", picture.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<svg", await picture.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await open.Stop());
    }

    // A call to this machine's network address reaches the demo from outside of loopback.
    private static async Task FromOutside(Uri address, Browser near)
    {
        using var phone = new Browser(address);
        Assert.Equal(HttpStatusCode.Redirect, (await phone.Send(HttpMethod.Get, $"/demo/join/{ApiClient.Unknown}")).StatusCode);
        Assert.Contains("\"userId\":\"guest-", await phone.Text(HttpMethod.Get, "/demo/who"), StringComparison.Ordinal);
        const string operatorEve = """{"userId":"eve","operator":true}""";
        Assert.Equal(HttpStatusCode.Forbidden, (await phone.Send(HttpMethod.Post, "/demo/who", operatorEve)).StatusCode);
        var eve = await phone.Text(HttpMethod.Post, "/demo/who", """{"userId":"eve"}""");
        Assert.Contains("\"userId\":\"eve\",\"operator\":false", eve, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await phone.Send(HttpMethod.Post, $"/api/v1/packets/{ApiClient.Unknown}/grabs")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await phone.Send(HttpMethod.Get, "/demo/faults")).StatusCode);
        var robots = $$"""{"packetId":"{{ApiClient.Unknown}}"}""";
        Assert.Equal(HttpStatusCode.Forbidden, (await phone.Send(HttpMethod.Post, "/demo/robots", robots)).StatusCode);
        // From the network, neither the header nor an operator's cookie is accepted.
        using var liar = new Browser(address);
        var byHeader = await liar.Send(HttpMethod.Get, "/api/v1/packets", null, ("X-User-Id", "olga"), ("X-Role", "operator"));
        Assert.Equal(HttpStatusCode.Unauthorized, byHeader.StatusCode);
        var grab = await liar.Send(HttpMethod.Post, $"/api/v1/packets/{ApiClient.Unknown}/grabs", null, ("X-User-Id", "olga"));
        Assert.Equal(HttpStatusCode.Unauthorized, grab.StatusCode);
        using var thief = new Browser(address);
        var byCookie = await thief.Send(HttpMethod.Get, "/api/v1/packets", null, ("Cookie", near.Cookies));
        Assert.Equal(HttpStatusCode.Forbidden, byCookie.StatusCode);
    }

    /// <summary>A client that keeps cookies and follows no redirect.</summary>
    private sealed class Browser(Uri address) : IDisposable
    {
        private readonly CookieContainer _cookies = new();
        private HttpClient? _client;

        public string Cookies => _cookies.GetCookieHeader(address);

        public async Task<HttpResponseMessage> Send(
            HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
        {
            _client ??= new HttpClient(Handler(keepsCookies: headers.All(header => header.Name != "Cookie"))) { BaseAddress = address };
            using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : ApiClient.Json(json) };
            foreach (var (name, value) in headers)
                request.Headers.Add(name, value);
            return await _client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        public async Task<string> Text(HttpMethod method, string path, string? json = null)
        {
            using var answer = await Send(method, path, json);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode} {text}");
            return text;
        }

        public void Dispose() => _client?.Dispose();

        private SocketsHttpHandler Handler(bool keepsCookies) =>
            new() { CookieContainer = _cookies, UseCookies = keepsCookies, AllowAutoRedirect = false };
    }
}
