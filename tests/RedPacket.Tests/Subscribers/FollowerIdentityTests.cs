using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using RedPacket.Drills.Run;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Subscribers;

/// <summary>How a program that follows the ledger proves that it is an operator.</summary>
public sealed class FollowerIdentityTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static JwtOptions Shared => new() { Issuer = Tokens.Issuer, Audience = Tokens.Audience, SigningKeys = [Tokens.Key] };

    [Fact]
    public async Task ProgramWithTheKeyOfTheService_SignsATokenThatTheEdgeTakesForAnOperators()
    {
        await using var host = await RoomHost.Start([]);
        using var request = Proved(Identity(Shared));

        using var answer = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.True(answer.IsSuccessStatusCode, (await EdgeAnswer.Read(answer)).Body);
        Assert.False(request.Headers.Contains("X-User-Id"));
    }

    [Fact]
    public void OwnToken_IsSignedAnewAfterHalfItsLife_AndWhenTheClockGoesBack()
    {
        var identity = Identity(Shared);
        var first = Token(identity);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(first, Token(identity));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var second = Token(identity);
        Assert.NotEqual(first, second);
        _clock.AdjustTime(_clock.GetUtcNow() - TimeSpan.FromHours(1));
        Assert.NotEqual(second, Token(identity));
    }

    [Fact]
    public void OwnToken_LivesHalfAsLongAsTheServiceAllows()
    {
        var settings = Shared;
        settings.MaxLifetime = TimeSpan.FromMinutes(2);

        var token = new JsonWebToken(Token(Identity(settings)));

        Assert.Equal(TimeSpan.FromMinutes(1), token.ValidTo - token.ValidFrom);
    }

    [Fact]
    public void TokenOfTheSettings_ComesBeforeTheKey() => Assert.Equal("t0ken", Token(Identity(Shared, "t0ken")));

    [Fact]
    public void WithoutTokenAndKey_TheHeadersOfTheDemoAreSent()
    {
        using var request = Proved(Identity(new JwtOptions(), " "));

        Assert.Null(request.Headers.Authorization);
        Assert.Equal([Caller.Operator], request.Headers.GetValues("X-Role"));
    }

    private static HttpRequestMessage Proved(FollowerIdentity identity)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/statistics");
        identity.Prove(request.Headers);
        return request;
    }

    private static string? Token(FollowerIdentity identity)
    {
        using var request = Proved(identity);
        return request.Headers.Authorization?.Parameter;
    }

    private FollowerIdentity Identity(JwtOptions jwt, string? token = null) =>
        new(Options.Create(new SubscribersOptions { Token = token }), Options.Create(jwt), _clock);
}
