using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Http.Identity;

namespace RedPacket.Tests.Http;

/// <summary>The memory for tokens: what it keeps, for how long, and how much.</summary>
public sealed class TokenCacheTests
{
    private static readonly DateTimeOffset s_start = new(2026, 2, 17, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(s_start);

    private static AuthenticateResult Valid(DateTimeOffset? expires) =>
        AuthenticateResult.Success(
            new AuthenticationTicket(new ClaimsPrincipal(), new AuthenticationProperties { ExpiresUtc = expires }, "Bearer"));

    [Fact]
    public void ValidToken_IsFoundUntilItExpires()
    {
        var cache = new TokenCache(_time);
        cache.Keep("token", Valid(s_start.AddMinutes(2)));
        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.NotNull(cache.Find("token"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(cache.Find("token"));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void LongLivedToken_IsRevalidatedPeriodically()
    {
        var cache = new TokenCache(_time);
        cache.Keep("token", Valid(s_start.AddDays(1)));
        _time.Advance(TokenCache.LookAgainAfter);
        Assert.Null(cache.Find("token"));
    }

    [Fact]
    public void InvalidOrExpiredToken_IsNotKept()
    {
        var cache = new TokenCache(_time);
        cache.Keep("bad", AuthenticateResult.Fail("bad"));
        cache.Keep("none", AuthenticateResult.NoResult());
        cache.Keep("for ever", Valid(null));
        cache.Keep("old", Valid(s_start.AddSeconds(-1)));
        cache.Keep(new string('x', 4000), Valid(s_start.AddMinutes(1)));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void ManyTokens_StayWithinTheBoundAndKeepThoseInUse()
    {
        var cache = new TokenCache(_time, capacity: 100);
        cache.Keep("in use", Valid(s_start.AddMinutes(1)));
        for (var i = 0; i < 10_000; i++)
        {
            cache.Keep($"token {i}", Valid(s_start.AddMinutes(1)));
            Assert.NotNull(cache.Find("in use"));
            Assert.InRange(cache.Count, 1, 100);
        }
    }

    [Fact]
    public async Task ConcurrentTokens_StayWithinTheBound()
    {
        var cache = new TokenCache(_time, capacity: 1000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                cache.Keep($"{worker} {i}", Valid(s_start.AddMinutes(1)));
                _ = cache.Find($"{(worker + 1) % 8} {i}");
            }
        })));
        // A few threads may pass the check together.
        Assert.InRange(cache.Count, 1, 1016);
    }
}
