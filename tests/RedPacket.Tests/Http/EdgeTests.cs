using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RedPacket.Tests.Http;

/// <summary>Refusals of the HTTP edge over real Kestrel: status and code.</summary>
public sealed class EdgeTests
{
    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Fact]
    public async Task AddressWithoutEndpoint_Is404NotFound()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, "/nowhere");
        Assert.Equal((404, "not_found"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task Problem_IsReadableInATerminal()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, "/me");
        Assert.Contains("Authorization: Bearer <token>.", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongMethod_Is405AndNamesAllowedMethods()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Delete, "/open");
        Assert.Equal((405, "method_not_allowed"), (answer.Status, answer.Code()));
        Assert.Equal(["GET", "HEAD", "OPTIONS"], answer.Content.Allow);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BodyOverTheLimit_Is413(bool chunked)
    {
        await using var app = await EdgeApp.Start();
        using var body = Json(new string(' ', 8193));
        var answer = await app.Send(HttpMethod.Post, "/raw", body: body, headers: chunked ? [("Transfer-Encoding", "chunked")] : []);
        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task BodyAtTheLimit_IsAccepted()
    {
        await using var app = await EdgeApp.Start();
        using var body = Json(new string(' ', 8192));
        Assert.Equal(
            (200, "8192"),
            await app.Send(HttpMethod.Post, "/raw", body: body) is var answer ? (answer.Status, answer.Body) : default);
    }

    [Theory]
    [InlineData("GET", "gzip")]
    [InlineData("POST", "br")]
    public async Task CompressedBody_Is415(string method, string encoding)
    {
        await using var app = await EdgeApp.Start();
        using var body = Json("{}");
        var answer = await app.Send(new HttpMethod(method), "/open", body: body, headers: [("Content-Encoding", encoding)]);
        Assert.Equal((415, "content_encoding_unsupported"), (answer.Status, answer.Code()));
    }

    [Theory]
    [InlineData("text/plain", "{}", 415, "media_type_unsupported")]
    [InlineData("application/json", "{", 400, "invalid_json")]
    [InlineData("application/json", "[1]", 400, "invalid_json")]
    public async Task UnreadableBody_IsRefusedWithACode(string type, string text, int status, string code)
    {
        await using var app = await EdgeApp.Start();
        using var body = new StringContent(text, Encoding.UTF8, type);
        var answer = await app.Send(HttpMethod.Post, "/json", body: body);
        Assert.Equal((status, code), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task UnhandledException_Is500WithoutDetails()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, "/fault");
        Assert.Equal((500, "internal_error"), (answer.Status, answer.Code()));
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedisDown_Is503WithRetryAfterAndNoAddress()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, "/redis");
        Assert.Equal((503, "store_unavailable", "1"), (answer.Status, answer.Code(), answer.Headers.RetryAfter?.ToString()));
        Assert.DoesNotContain("redis.internal", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongPacketId_IsInvalid()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, $"/packets/{new string('a', 15 * 1024)}");
        Assert.Equal((400, "packet_id_invalid"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task RequestLineBeyondItsLimit_Is414()
    {
        await using var app = await EdgeApp.Start();
        var answer = await Raw.Ask(
            app.Client.BaseAddress!,
            $"GET /packets/{new string('a', 17 * 1024)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 414 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", 400)]
    [InlineData("evil.example:5080", 400)]
    [InlineData("red.example.evil", 400)]
    [InlineData("", 400)]
    [InlineData("red.example", 200)]
    [InlineData("RED.example:5080", 200)]
    [InlineData("a.pay.example", 200)]
    [InlineData("[::1]:5080", 200)]
    public async Task HostOutsideAllowedHosts_IsRefused(string host, int status)
    {
        await using var app = await EdgeApp.Start(("AllowedHosts", "red.example; *.pay.example;[::1]"));
        var answer = await Raw.Ask(app.Client.BaseAddress!, $"GET /open HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 400, answer.Contains("\"code\":\"host_not_allowed\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EndpointThatNamesNoCaller_AsksForOne()
    {
        await using var app = await EdgeApp.Start();
        Assert.Equal("unauthenticated", (await app.Send(HttpMethod.Get, "/forgotten")).Code());
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/forgotten", app.Token("alice"))).Status);
        Assert.Equal("not_found", (await app.Send(HttpMethod.Get, "/nowhere")).Code());
    }

    [Fact]
    public async Task IncompleteHead_ConnectionIsClosed()
    {
        await using var app = await EdgeApp.Start(("Http:HeadTimeout", "00:00:01"));
        var answer = await Raw.Ask(app.Client.BaseAddress!, "GET /open HTTP/1.1\r\nHost: x\r\n");
        Assert.DoesNotContain(" 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryAnswer_HasSecurityHeadersAndNoServerName()
    {
        await using var app = await EdgeApp.Start();
        foreach (var path in (string[])["/open", "/nowhere", "/fault"])
        {
            var answer = await app.Send(HttpMethod.Get, path);
            Assert.False(answer.Headers.Contains("Server"), path);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            Assert.True(answer.Headers.CacheControl?.NoStore, path);
        }
    }

    [Fact]
    public async Task AddressOverAConfiguredRate_Is429_ButHealthAndUsersAreNot()
    {
        await using var app = await EdgeApp.Start(("RateLimit:AnonymousPerSecond", "1"));

        await Eventually.Holds(async () => (await app.Send(HttpMethod.Get, "/open")).Status == 429);

        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/health/live")).Status);
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", app.Token("alice"))).Status);
    }

    [Fact]
    public async Task UserOverAConfiguredRate_Is429AndOthersAreNot()
    {
        await using var app = await EdgeApp.Start(("RateLimit:PermitsPerSecond", "1"));
        var (alice, bob) = (app.Token("alice"), app.Token("bob"));
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", alice)).Status);
        var refused = await Eventually.Yields(() => app.Send(HttpMethod.Get, "/me", alice), answer => answer.Status == 429);
        Assert.Equal(("rate_limited", "1"), (refused.Code(), refused.Headers.RetryAfter?.ToString()));
        string[] names = ["Limit", "Remaining", "Reset"];
        Assert.Equal(["1", "0", "1"], names.SelectMany(name => refused.Headers.GetValues($"RateLimit-{name}")));
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", bob)).Status);
    }

    [Fact]
    public async Task DefaultRate_IsUnlimited()
    {
        await using var app = await EdgeApp.Start();
        var token = app.Token("alice");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => app.Send(HttpMethod.Get, "/me", token)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task NoAddressConfigured_IsLocalhost5080()
    {
        await using var app = EdgeApp.Build([("urls", null!)], _ => { });
        // Not started: 5080 may be taken on this machine.
        Assert.Equal("http://localhost:5080", app.Configuration["urls"]);
    }

    [Fact]
    public async Task Stop_MayTakeLessThanTenSeconds()
    {
        await using var app = await EdgeApp.Start();
        var limit = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HostOptions>>().Value.ShutdownTimeout;
        Assert.InRange(limit, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9.9));
    }
}

/// <summary>Bytes as they are, for what no HTTP client would send.</summary>
internal static class Raw
{
    /// <summary>All that comes back until the other side closes.</summary>
    public static async Task<string> Ask(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(limit.Token);
    }
}
