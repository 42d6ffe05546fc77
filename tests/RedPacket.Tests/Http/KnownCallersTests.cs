using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Http;
using RedPacket.Http.Identity;

namespace RedPacket.Tests.Http;

/// <summary>
/// The short way of a caller whose token was checked before. It asks the framework nothing, and refuses what the
/// framework refuses.
/// </summary>
public sealed class KnownCallersTests
{
    private readonly CountingHandler _asked = new();

    [Theory]
    [InlineData("/anybody", 1)]
    [InlineData("/me", 3)]
    public async Task KnownToken_IsNotAskedAbout_WhereAnyUserMayCall(string path, int asked)
    {
        await using var app = await EdgeApp.Start(Count);
        var (alice, bob) = (app.Token("alice"), app.Token("bob"));
        for (var i = 0; i < 3; i++)
            Assert.Equal((200, "alice"), await Call(app, path, alice));
        Assert.Equal(asked, _asked.Times);
        // Nobody is known by the token of another.
        Assert.Equal((200, "bob"), await Call(app, path, bob));
        Assert.Equal(asked + 1, _asked.Times);
    }

    [Fact]
    public async Task InvalidUserId_IsRefusedAgain()
    {
        await using var app = await EdgeApp.Start(Count);
        var spaced = app.Token("has space");
        foreach (var _ in (int[])[1, 2])
        {
            var refused = await app.Send(HttpMethod.Get, "/anybody", spaced);
            Assert.Equal((400, "user_invalid"), (refused.Status, refused.Code()));
        }
        Assert.Equal(1, _asked.Times);
    }

    [Fact]
    public async Task ExpiredToken_IsRefused()
    {
        await using var app = await EdgeApp.Start();
        var brief = app.Token("alice", lifetime: TimeSpan.FromMinutes(1));
        Assert.Equal((200, "alice"), await Call(app, "/anybody", brief));
        app.Time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(6));
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/anybody", brief)).Status);
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/anybody")).Status);
    }

    [Fact]
    public async Task GroupThatAsksForMore_IsHeard()
    {
        await using var app = await EdgeApp.Start();
        var (alice, olga) = (app.Token("alice"), app.Token("olga", Caller.Operator));
        foreach (var _ in (int[])[1, 2])
        {
            Assert.Equal(403, (await app.Send(HttpMethod.Get, "/operators/anybody", alice)).Status);
            Assert.Equal((200, "olga"), await Call(app, "/operators/anybody", olga));
        }
    }

    [Fact]
    public async Task LimitPerUser_HoldsForKnownCallers()
    {
        await using var app = await EdgeApp.Start(("RateLimit:PermitsPerSecond", "1"));
        var alice = app.Token("alice");
        Assert.Equal((200, "alice"), await Call(app, "/anybody", alice));
        await Eventually.Yields(() => app.Send(HttpMethod.Get, "/anybody", alice), answer => answer.Status == 429);
    }

    [Fact]
    public async Task HostWithAnotherScheme_IsAskedAboutEveryCall()
    {
        await using var app = await EdgeApp.Start(services =>
        {
            Count(services);
            services.AddAuthentication()
                .AddPolicyScheme("Another", null, scheme => scheme.ForwardDefault = JwtBearerDefaults.AuthenticationScheme);
            services.PostConfigure<AuthenticationOptions>(options => options.DefaultScheme = "Another");
        });
        var alice = app.Token("alice");
        for (var i = 0; i < 3; i++)
            Assert.Equal((200, "alice"), await Call(app, "/anybody", alice));
        Assert.Equal(3, _asked.Times);
    }

    private void Count(IServiceCollection services) => services.AddSingleton<IAuthorizationHandler>(_asked);

    private static async Task<(int Status, string Body)> Call(EdgeApp app, string path, string token) =>
        await app.Send(HttpMethod.Get, path, token) is var answer ? (answer.Status, answer.Body) : default;

    private sealed class CountingHandler : IAuthorizationHandler
    {
        private int _times;

        public int Times => _times;

        public Task HandleAsync(AuthorizationHandlerContext context)
        {
            Interlocked.Increment(ref _times);
            return Task.CompletedTask;
        }
    }
}
