using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Limits;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>The limits of a user, counted in the store. One suite, run on Redis and on Garnet.</summary>
public abstract class UserLimitsTests(StoreServer server)
{
    private readonly DefaultHttpContext _context = new();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task GrabsOfASecond_AreCountedForEachUser()
    {
        var limits = Limits(await server.Fresh(), new UserLimitsOptions { GrabsPerSecond = 3 });

        var answers = new List<int>();
        // More than a stalled machine spreads over as many seconds.
        for (var i = 0; i < 60; i++)
            answers.Add((await limits.Grab(_context, "alice"))?.Status ?? 200);

        Assert.Contains(429, answers);
        Assert.Equal([200, 200, 200], answers[..3]);
        Assert.Equal("3", _context.Response.Headers["RateLimit-Limit"]);
        Assert.Null(await limits.Grab(_context, "bob"));
    }

    [Fact]
    public async Task GrabLimit_HoldsOverConcurrentCallers()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { GrabsPerSecond = 5 });
        var began = await RedisClock.Now(parts.Store.Database, 0);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => limits.Grab(new DefaultHttpContext(), "alice")));

        var seconds = (await RedisClock.Now(parts.Store.Database, 0) / 1000) - (began / 1000) + 1;
        Assert.InRange(answers.Count(answer => answer is null), 5, 5 * seconds);
    }

    [Fact]
    public async Task FenOfADay_AreRefusedBeyondTheLimit_AndChangeNothing()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { FenPerDay = 1000, SendsPerHour = 2 });
        // In the last minute of an hour the counts could begin anew between two sends.
        await Eventually.Holds(async () => await RedisClock.Now(parts.Store.Database, 0) % 3_600_000 < 3_540_000);

        Assert.Null(await Send(limits, 900, 1));
        var beyond = await Send(limits, 101, 1);
        Assert.Null(await Send(limits, 100, 1));

        Assert.Equal((429, "limit_reached"), (beyond!.Status, beyond.Code));
        Assert.Contains("1000 fen in a day", beyond.Detail, StringComparison.Ordinal);
        Assert.Equal("limit_reached", (await Send(limits, 1, 1))!.Code);
    }

    [Fact]
    public async Task OpenShares_AreGivenBackWhenAPacketIsEmptied()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { OpenShares = 3 });
        var first = await Sent(parts, limits, 2);
        await Sent(parts, limits, 1);
        Assert.Equal("limit_reached", (await Send(limits, 100, 1))!.Code);

        await Task.WhenAll(parts.Grabs.Grab(0, first, "a"), parts.Grabs.Grab(0, first, "b"));

        Assert.Null(await Send(limits, 100, 2));
        Assert.Equal("limit_reached", (await Send(limits, 100, 1))!.Code);
    }

    [Fact]
    public async Task OpenPackets_AreGivenBackWhenTheyExpire()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { OpenPackets = 1 });
        await Sent(parts, limits, 1, expiresIn: 2);
        Assert.Equal("limit_reached", (await Send(limits, 100, 1))!.Code);

        await Eventually.Holds(async () => await Send(limits, 100, 1) is null);
    }

    [Fact]
    public async Task SendRefusedByAnotherLimit_TakesNoPlace()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { OpenPackets = 1, FenPerDay = 100 });

        Assert.Equal("limit_reached", (await Send(limits, 101, 1))!.Code);

        Assert.Null(await Send(limits, 100, 1));
    }

    [Fact]
    public async Task RepeatedSend_KeepsThePlaceOfItsFirst()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { OpenPackets = 2 });
        var id = PacketId.New(0, Now);

        for (var i = 0; i < 5; i++)
            Assert.Null(await limits.Send(_context, id, 100, Terms(1, 600), Now));

        Assert.Null(await Send(limits, 100, 1));
        Assert.Equal("limit_reached", (await Send(limits, 100, 1))!.Code);
    }

    [Fact]
    public async Task SendRepeatedBeforeItSucceeds_CountsOnce_AndPassesAFullWindow()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { FenPerDay = 1000, SendsPerHour = 2 });
        // In the last minute of an hour the counts could begin anew between two sends.
        await Eventually.Holds(async () => await RedisClock.Now(parts.Store.Database, 0) % 3_600_000 < 3_540_000);

        for (var i = 0; i < 3; i++)
            Assert.Null(await Send(limits, 500, 1, key: "retried"));
        Assert.Null(await Send(limits, 500, 1));

        Assert.Equal("limit_reached", (await Send(limits, 1, 1))!.Code);
        Assert.Null(await Send(limits, 500, 1, key: "retried"));
    }

    [Fact]
    public async Task NewWindow_ForgetsTheNamesOfTheOldOne()
    {
        var parts = await server.Fresh();
        var limits = Limits(parts, new UserLimitsOptions { SendsPerHour = 1 });
        var key = PacketKeys.Limit("sender", "sends");
        await Send(limits, 1, 1, key: "old");
        await parts.Store.Database.HashSetAsync(key, "window", 1);

        Assert.Null(await Send(limits, 1, 1, key: "new"));

        Assert.Equal(
            ["count", "n:new", "window"],
            (await parts.Store.Database.HashKeysAsync(key)).Select(field => field.ToString()).Order(StringComparer.Ordinal));
    }

    private static UserLimits Limits(StoreParts parts, UserLimitsOptions options) =>
        new(parts.Store, Options.Create(options));

    private static PacketTerms Terms(int count, int expiresIn, string? key = null) =>
        new("sender", "equal", count, "", expiresIn, "equal", "000000000000002a", key ?? Guid.NewGuid().ToString("N"));

    private Task<RedPacket.Http.Problem?> Send(UserLimits limits, long amountFen, int count, int expiresIn = 600,
        string? key = null) =>
        limits.Send(_context, PacketId.New(0, Now), amountFen, Terms(count, expiresIn, key), Now);

    private async Task<string> Sent(StoreParts parts, UserLimits limits, int count, int expiresIn = 600)
    {
        var packetId = PacketId.New(0, Now);
        Assert.Null(await limits.Send(_context, packetId, 100, Terms(count, expiresIn), Now));
        return (await parts.Packets.Create(packetId, 1, 100, Terms(count, expiresIn))).Packet!.Id;
    }
}

[Needs("servers")]
public sealed class UserLimitsOnRedisTests(RedisStore server) : UserLimitsTests(server), IClassFixture<RedisStore>;

public sealed class UserLimitsOnGarnetTests(GarnetStore server) : UserLimitsTests(server), IClassFixture<GarnetStore>;
