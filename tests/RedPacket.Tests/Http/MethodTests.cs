using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace RedPacket.Tests.Http;

/// <summary>HEAD, OPTIONS, calls of other origins, proxies, and the last answers of a process that stops.</summary>
public sealed class MethodTests
{
    private const string Shop = "https://shop.example.org";

    [Fact]
    public async Task Head_IsAnsweredLikeGetWithoutTheBody()
    {
        await using var app = await EdgeApp.Start();

        var head = await app.Send(HttpMethod.Head, "/me", app.Token("alice"));

        Assert.Equal((200, ""), (head.Status, head.Body));
        Assert.Equal(401, (await app.Send(HttpMethod.Head, "/me")).Status);
        Assert.Equal(405, (await app.Send(HttpMethod.Head, "/raw")).Status);
    }

    [Fact]
    public async Task Options_NamesTheMethodsOfAnAddress()
    {
        await using var app = await EdgeApp.Start();

        var answer = await app.Send(HttpMethod.Options, "/me");

        Assert.Equal((204, ""), (answer.Status, answer.Body));
        Assert.Equal(["GET", "HEAD", "OPTIONS"], answer.Content.Allow);
        Assert.Equal(404, (await app.Send(HttpMethod.Options, "/nothing")).Status);
    }

    [Fact]
    public async Task PageOfAnAllowedOrigin_MayCall_AndOthersMayNot()
    {
        await using var app = await EdgeApp.Start(("Http:CorsOrigins", $"{Shop}, https://other.example.org"));

        var preflight = await app.Send(HttpMethod.Options, "/me", headers:
            [("Origin", Shop), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization")]);
        var call = await app.Send(HttpMethod.Get, "/me", app.Token("alice"), headers: [("Origin", Shop)]);
        var stranger = await app.Send(HttpMethod.Get, "/me", app.Token("alice"), headers: [("Origin", "https://evil.example")]);

        Assert.Equal(204, preflight.Status);
        Assert.Equal([Shop], preflight.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal([Shop], call.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.False(stranger.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task WithoutASetting_NoOriginIsAllowed()
    {
        await using var app = await EdgeApp.Start();

        var answer = await app.Send(HttpMethod.Get, "/open", headers: [("Origin", Shop)]);

        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("127.0.0.0/8", "203.0.113.9")]
    [InlineData("127.0.0.1, ::1", "203.0.113.9")]
    [InlineData("10.0.0.1", "127.0.0.1")]
    [InlineData("", "127.0.0.1")]
    public async Task ForwardedAddress_CountsFromKnownProxiesOnly(string known, string address)
    {
        await using var app = await EdgeApp.Start(("Http:KnownProxies", known));

        Assert.Equal(address, (await app.Send(HttpMethod.Get, "/address", headers: [("X-Forwarded-For", "203.0.113.9")])).Body);
    }

    [Fact]
    public async Task PathOfTheService_IsTakenAway_AndAKnownProxyMayNameIt()
    {
        await using var app = await EdgeApp.Start(("Http:PathBase", "/pay/red"), ("Http:KnownProxies", "127.0.0.1"));

        Assert.Equal("/pay/red", (await app.Send(HttpMethod.Get, "/pay/red/base")).Body);
        Assert.Equal("", (await app.Send(HttpMethod.Get, "/base")).Body);
        Assert.Equal("/other", (await app.Send(HttpMethod.Get, "/base", headers: [("X-Forwarded-Prefix", "/other")])).Body);
    }

    [Theory]
    [InlineData("Http:PathBase", "pay")]
    [InlineData("Http:PathBase", "/pay/")]
    [InlineData("Http:KnownProxies", "the proxy")]
    [InlineData("Http:CorsOrigins", "shop.example.org")]
    [InlineData("Http:CorsOrigins", "https://shop.example.org/page")]
    public async Task UnusableSetting_PreventsStartup(string name, string value)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => EdgeApp.Start((name, value)));

        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identity", 200)]
    [InlineData("Identity", 200)]
    [InlineData("gzip", 415)]
    [InlineData("identity, gzip", 415)]
    public async Task ContentEncoding_MayBeIdentity(string encoding, int status)
    {
        await using var app = await EdgeApp.Start();
        using var body = new StringContent("{\"name\":\"a\"}", Encoding.UTF8, "application/json");

        Assert.Equal(status, (await app.Send(HttpMethod.Post, "/raw", body: body, headers: [("Content-Encoding", encoding)])).Status);
    }

    [Fact]
    public async Task ProcessThatStops_ClosesTheConnectionWithItsAnswer()
    {
        await using var app = await EdgeApp.Start(("Http:DrainDelay", "00:00:05"));
        using var client = new TcpClient();
        await client.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        Assert.DoesNotContain("Connection: close", await Ask(stream), StringComparison.Ordinal);

        var stopping = app.Stop();
        await Eventually.Holds(() => app.IsStopping);

        Assert.Contains("Connection: close", await Ask(stream), StringComparison.Ordinal);
        app.Time.Advance(TimeSpan.FromSeconds(5));
        await stopping;
    }

    private static async Task<string> Ask(NetworkStream stream)
    {
        await stream.WriteAsync("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var (answer, buffer) = ("", new byte[4096]);
        // The body is chunked, and its end may come separately.
        while (!answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
            answer += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        return answer;
    }
}
