using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Feed;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Feed;

/// <summary>The announcement of followed shares, in their packets.</summary>
[Needs("servers")]
public sealed class AnnouncedSharesTests : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private const string Request = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string Granted = $"{Request} 1 2 3";
    private const string Settled = $"{Granted} 4 5 6 7 8";
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
    private readonly RedisFixture _redis;
    private readonly AnnouncedShares _shares;

    public AnnouncedSharesTests(RedisFixture redis)
    {
        _redis = redis;
        _shares = new AnnouncedShares(redis.Connection, _clock, NullLogger<AnnouncedShares>.Instance);
    }

    public async ValueTask InitializeAsync() => await _redis.Flush();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task ShareThatIsNotCompletedYet_GetsTheTimeOfItsAnnouncementLater()
    {
        await Trace(0, Granted);
        _shares.Add([Transfer(0)]);
        await Complete();
        Assert.Equal(Granted, await Trace(0));

        await Trace(0, Settled);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Complete();

        Assert.Equal($"{Settled} 1790000000000000", await Trace(0));
    }

    [Fact]
    public async Task ShareThatIsNeverCompleted_IsGivenUp()
    {
        await Trace(0, Granted);
        _shares.Add([Transfer(0)]);
        _clock.Advance(TimeSpan.FromSeconds(11));
        await Complete();

        await Trace(0, Settled);
        await Complete();

        Assert.Equal(Settled, await Trace(0));
    }

    [Fact]
    public async Task ShardsAreAskedApart_AndWhatIsNotFollowedIsLeftOut()
    {
        await Trace(0, Settled);
        await Trace(7, Settled);
        _shares.Add([Transfer(0), Transfer(7), Transfer(0) with { Ordinal = 2, Traceparent = null }, Transfer(0) with { PacketId = "?" }]);

        await Complete();

        Assert.All([await Trace(0), await Trace(7)], trace => Assert.Equal($"{Settled} 1790000000000000", trace));
        Assert.Equal(1, await _redis.Database.HashLengthAsync(Packet(0)));
    }

    private async Task Complete()
    {
        _shares.Complete();
        await _shares.Completion;
    }

    private Task<bool> Trace(int shard, string text) => _redis.Database.HashSetAsync(Packet(shard), PacketFields.Trace(1), text);

    private async Task<string?> Trace(int shard) => await _redis.Database.HashGetAsync(Packet(shard), PacketFields.Trace(1));

    private static RedisKey Packet(int shard) => PacketKeys.Packet(shard, Id(shard));

    private static string Id(int shard) => $"{shard}-{new string('a', 32)}";

    private SettledTransfer Transfer(int shard) =>
        new(1, EntryName.Grab, Id(shard), 1, "bob", 5, _clock.GetUtcNow(), _clock.GetUtcNow(), Request);
}
