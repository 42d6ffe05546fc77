using RedPacket.Gate;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

/// <summary>How long an open gate is believed without its ledger.</summary>
[Needs("servers")]
public sealed class GateAtRestTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenGate_IsAtRestForASecond_AndNotWhenItIsShutOrWanted()
    {
        await using var service = await Service.Start(redis, null);
        await service.Send(1000, 10);
        await service.Settles();
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        var opener = service.Of<GateOpener>();

        Assert.Equal(GateState.Open, await opener.Look(0));
        Assert.True(await opener.IsAtRest(0));
        await Eventually.Holds(async () => !await opener.IsAtRest(0), TimeSpan.FromSeconds(30), "the ledger has to be asked again");

        await opener.Look(0);
        Assert.True(await opener.IsAtRest(0));
        await redis.Database.SortedSetAddAsync(PacketKeys.Wanted(0), "0-packet", 1);
        Assert.False(await opener.IsAtRest(0));
        await redis.Database.KeyDeleteAsync(PacketKeys.Wanted(0));
        await opener.Look(0);
        await redis.ChangeReplicationId();
        Assert.False(await opener.IsAtRest(0));
    }
}
