using Microsoft.Extensions.Time.Testing;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Outbox;

/// <summary>
/// One relay per shard at a time: the lease is taken, kept and released, and never taken from its holder.
/// </summary>
public abstract class RelayLeaseTests(StoreServer server)
{
    private protected StoreServer Server => server;

    private protected FakeTimeProvider Time { get; } = new();

    [Fact]
    public async Task Held_NobodyElseTakesIt_UntilItIsGivenUp()
    {
        await Server.Fresh();
        var (first, second) = (Lease(), Lease());
        Assert.True(await first.Hold());
        await OutlivesAnyPause();
        Assert.False(await second.Hold());

        await second.Release();
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(await second.Hold());
        await first.Release();

        Assert.True(await second.Hold());
        Assert.False(await first.Hold());
    }

    [Fact]
    public async Task Renewed_LastsAnotherTenSeconds()
    {
        await Server.Fresh();
        var lease = Lease();
        Assert.True(await lease.Hold());
        await Server.Database.KeyExpireAsync(Key, TimeSpan.FromSeconds(2));
        Time.Advance(TimeSpan.FromSeconds(4));

        Assert.True(await lease.Hold());

        Assert.InRange((await Server.Database.KeyTimeToLiveAsync(Key))!.Value, TimeSpan.FromSeconds(2.001), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Expired_IsTakenByTheFirstThatAsks_AndTheSleeperNeitherKeepsNorReleasesIt()
    {
        await Server.Fresh();
        var (slept, other) = (Lease(), Lease());
        Assert.True(await slept.Hold());
        await Server.Database.KeyDeleteAsync(Key);
        Assert.True(await other.Hold());
        await OutlivesAnyPause();

        await slept.Release();
        Assert.False(await slept.Hold());

        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(await other.Hold());
    }

    // The store counts its own seconds, and the machine may keep the test waiting for more than ten.
    private protected Task<bool> OutlivesAnyPause() => Server.Database.KeyPersistAsync(Key);

    private static RedisKey Key => PacketKeys.RelayLease(0);

    private protected RelayLease Lease() => new(0, on: true, Server.Connection, Time);
}

[Needs("servers")]
public sealed class RelayLeaseOnRedisTests(RedisStore server) : RelayLeaseTests(server), IClassFixture<RedisStore>
{
    [Fact]
    public async Task RedisOutOfMemory_TheHolderKeepsItsLease()
    {
        await Server.Fresh();
        var lease = Lease();
        Assert.True(await lease.Hold());
        await OutlivesAnyPause();
        var redis = Server.Connection.GetServers()[0];
        await redis.ConfigSetAsync("maxmemory", "1");
        try
        {
            Time.Advance(TimeSpan.FromSeconds(4));

            Assert.True(await lease.Hold());
            Assert.False(await Lease().Hold());
        }
        finally
        {
            await redis.ConfigSetAsync("maxmemory", "0");
        }
    }
}

public sealed class RelayLeaseOnGarnetTests(GarnetStore server) : RelayLeaseTests(server), IClassFixture<GarnetStore>;
