using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Packets;
using RedPacket.Packets.Limits;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>
/// A send that is repeated after settings or data have changed. One suite, run on Redis and on Garnet.
/// </summary>
public abstract class SendRetryTests(StoreServer server)
{
    private const string Greeting = """{"kind":"lucky","amountFen":500,"count":5,"greeting":"恭喜发财"}""";

    [Fact]
    public async Task DefaultExpiryChanged_TheSameBodyFindsItsPacket()
    {
        var parts = await server.Fresh();
        var first = await Send(parts, new() { DefaultExpiry = TimeSpan.FromDays(1) }, SendCall.Body);

        var again = await Send(parts, new() { DefaultExpiry = TimeSpan.FromDays(2) }, SendCall.Body);

        Assert.Equal(first with { Replayed = true }, again);
    }

    [Theory]
    [InlineData("""{"kind":"lucky","amountFen":501,"count":5}""")]
    [InlineData("""{"kind":"lucky","amountFen":500,"count":5,"expiresInSeconds":172800}""")]
    public async Task DefaultExpiryChanged_AnotherBodyIsRefused(string other)
    {
        var parts = await server.Fresh();
        await Send(parts, new() { DefaultExpiry = TimeSpan.FromDays(1) }, SendCall.Body);

        var again = await Send(parts, new() { DefaultExpiry = TimeSpan.FromDays(2) }, other);

        Assert.Equal("key_reused", again.Refusal);
    }

    [Fact]
    public async Task RulesNarrowed_TheSameBodyFindsItsPacket_AndAnotherIsRefusedByThem()
    {
        var parts = await server.Fresh();
        var first = await Send(parts, new(), Greeting);
        var narrow = new PacketsOptions { MaxGreeting = 3, MaxAmountFen = 499, MaxCount = 4 };

        Assert.Equal(first with { Replayed = true }, await Send(parts, narrow, Greeting));
        Assert.Equal("amount_out_of_range", (await Send(parts, narrow, Greeting.Replace("500", "501", StringComparison.Ordinal))).Refusal);
        Assert.Equal("amount_out_of_range", (await Send(parts, narrow, Greeting, key: "another")).Refusal);
        Assert.Equal("greeting_invalid", (await Send(parts, new() { MaxGreeting = 3 }, Greeting, key: "another")).Refusal);
    }

    [Fact]
    public async Task KeyThatCannotBeRead_IsRefused_AndKeepsNoPlace()
    {
        var parts = await server.Fresh();
        var limits = new UserLimitsOptions { OpenPackets = 1 };
        await parts.Store.Database.StringSetAsync(PacketKeys.Key(0, PacketTerms.KeyHash("anna", "key-1")), "rubbish");

        Assert.Equal("packet_damaged", (await Send(parts, new(), SendCall.Body, limits)).Refusal);

        Assert.NotNull((await Send(parts, new(), SendCall.Body, limits, key: "key-2")).Answer);
    }

    [Fact]
    public async Task RefusedByAShutGateOrAFullOutbox_KeepsNoPlace()
    {
        var parts = await server.Fresh(outboxLimit: 0);
        var limits = new UserLimitsOptions { OpenPackets = 1 };
        Assert.Equal("outbox_full", (await Send(parts, new(), SendCall.Body, limits)).Refusal);
        await parts.Store.Database.HashDeleteAsync(PacketKeys.Meta(0), MetaFields.Run);
        await Assert.ThrowsAsync<RedPacket.Hosting.OutageException>(() => Send(parts, new(), SendCall.Body, limits));

        Assert.Equal(0, await parts.Store.Database.SortedSetLengthAsync(PacketKeys.Limit("anna", "places")));
    }

    [Fact]
    public async Task KeyOfAnEarlierProgram_NamesItsPacket()
    {
        var parts = await server.Fresh();
        var first = (await Send(parts, new(), SendCall.Body)).Answer!;
        var hash = PacketTerms.KeyHash("anna", "key-1");
        await parts.Store.Database.KeyRenameAsync(PacketKeys.Key(0, hash), PacketKeys.UnshardedKey(hash));

        Assert.Equal(first.PacketId, (await Send(parts, new(), SendCall.Body)).Answer!.PacketId);
        Assert.Equal("key_reused", (await Send(parts, new(), Greeting)).Refusal);
        Assert.Equal(1, await parts.Store.Database.SortedSetLengthAsync(PacketKeys.Made(0)));
    }

    private static Task<SendCall> Send(
        StoreParts parts, PacketsOptions settings, string body, UserLimitsOptions? limits = null, string key = "key-1")
    {
        var options = Options.Create(settings);
        var homes = new KeyHomes();
        var endpoint = new SendEndpoint(
            parts.Packets, new SentKeys(parts.Store, homes), homes, new SettledClaims(s_noLedger),
            new SplitSeeds(options), new UserLimits(parts.Store, Options.Create(limits ?? new())), options, TimeProvider.System);
        return SendCall.Post(endpoint, key, body);
    }

    private static readonly PooledDbContextFactory<LedgerDbContext> s_noLedger =
        new(new DbContextOptionsBuilder<LedgerDbContext>().UseSqlite("Data Source=/nowhere/ledger.db").Options);
}

[Needs("servers")]
public sealed class SendRetryOnRedisTests(RedisStore server) : SendRetryTests(server), IClassFixture<RedisStore>;

public sealed class SendRetryOnGarnetTests(GarnetStore server) : SendRetryTests(server), IClassFixture<GarnetStore>;
