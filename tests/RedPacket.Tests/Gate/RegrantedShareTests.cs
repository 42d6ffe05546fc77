using RedPacket.Grabs;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

/// <summary>A user of whom the ledger has one share, and Redis, after a loss, another.</summary>
[Needs("servers")]
public abstract class RegrantedShareTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task UserWhoWonAnotherShareAfterALoss_KeepsThatOne()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:Repair=false");
        var packet = await service.Send(1000, 10);
        await service.Grabs.Grab(0, packet, "user1");
        var won = await service.Grabs.Grab(0, packet, "user2");
        await service.Settles();
        // Redis forgot the second share and granted it to another user. The user of the ledger's row came again, and
        // won the third.
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, packet),
        [
            new("o:2", "other"), new("u:other", $"2 {won.AmountFen} 1790000000000"),
            new("o:3", "user2"), new("u:user2", "3 50 1790000000000"), new("next", 4),
        ]);
        await redis.ChangeReplicationId();
        await service.Opens();

        var again = await service.Grabs.Grab(0, packet, "user2");
        Assert.Equal((GrabStatus.Again, 3, 50L), (again.Status, again.Ordinal, again.AmountFen));
    }
}

public sealed class RegrantedShareOnSqliteTests(RedisFixture redis) : RegrantedShareTests(redis, null);

public sealed class RegrantedShareOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : RegrantedShareTests(redis, postgres);
