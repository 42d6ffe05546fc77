using Microsoft.Extensions.Options;

namespace RedPacket.Tests.Http;

/// <summary>Calls from pages of other origins, and through proxies.</summary>
public sealed class ProxyTests
{
    private const string Shop = "https://shop.example.org";

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
        Assert.Equal("", (await app.Send(HttpMethod.Get, "/base", headers: [("X-Forwarded-Prefix", "//evil.example")])).Body);
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
}
