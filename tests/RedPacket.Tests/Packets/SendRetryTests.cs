using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Packets;
using RedPacket.Packets.Limits;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>A send that is repeated after the settings have changed. One suite, run on Redis and on Garnet.</summary>
public abstract class SendRetryTests(StoreServer server)
{
    private const string Body = """{"kind":"lucky","amountFen":500,"count":5}""";

    [Fact]
    public async Task DefaultExpiryChanged_TheSameBodyFindsItsPacket()
    {
        var parts = await server.Fresh();
        var first = await Send(parts, TimeSpan.FromDays(1), Body);

        var again = await Send(parts, TimeSpan.FromDays(2), Body);

        Assert.Equal((first.Answer, true), (again.Answer, again.Replayed));
    }

    [Theory]
    [InlineData("""{"kind":"lucky","amountFen":501,"count":5}""")]
    [InlineData("""{"kind":"lucky","amountFen":500,"count":5,"expiresInSeconds":172800}""")]
    public async Task DefaultExpiryChanged_AnotherBodyIsRefused(string other)
    {
        var parts = await server.Fresh();
        await Send(parts, TimeSpan.FromDays(1), Body);

        var again = await Send(parts, TimeSpan.FromDays(2), other);

        Assert.Equal("key_reused", again.Refusal);
    }

    private static async Task<(object? Answer, bool Replayed, string? Refusal)> Send(StoreParts parts, TimeSpan defaultExpiry, string body)
    {
        var options = Options.Create(new PacketsOptions { DefaultExpiry = defaultExpiry });
        var endpoint = new SendEndpoint(
            parts.Packets, new SplitSeeds(options), new UserLimits(parts.Store, Options.Create(new UserLimitsOptions())), options,
            TimeProvider.System);
        var anna = new ClaimsIdentity([new System.Security.Claims.Claim(Caller.UserClaim, "anna")], "test");
        var context = new DefaultHttpContext { User = new ClaimsPrincipal(anna) };
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Request.Headers["Idempotency-Key"] = "key-1";

        var result = await endpoint.Handle(context);

        var isReplayed = context.Response.Headers.ContainsKey("Idempotent-Replayed");
        return ((result as IValueHttpResult)?.Value, isReplayed, (result as Problem)?.Code);
    }
}

[Needs("servers")]
public sealed class SendRetryOnRedisTests(RedisStore server) : SendRetryTests(server), IClassFixture<RedisStore>;

public sealed class SendRetryOnGarnetTests(GarnetStore server) : SendRetryTests(server), IClassFixture<GarnetStore>;
