using RedPacket.Gate;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

// The clock of Redis decides how old a key is.
public abstract partial class SentKeyTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(-8)]
    public async Task KeyThatRedisHasLost_IsKnown_WhateverTheClockOfTheProcessSays(int days)
    {
        await using var service = await Service.StartWithClock(TimeSpan.FromDays(days), redis, postgres);
        var first = await Send(service, "a");
        await service.Settles();
        await redis.Database.KeyDeleteAsync(KeyOf(0, "a"));

        // By the walk.
        await Reopen(service, 0);
        Assert.InRange((await redis.Database.KeyTimeToLiveAsync(KeyOf(0, "a")))!.Value.TotalDays, 6.9, 7);

        // By the ledger, while the walk has not come so far.
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        await redis.Database.KeyDeleteAsync(KeyOf(0, "a"));
        await OpenGate.Again(service, redis, Stop);
        Assert.Equal(first with { Replayed = true }, await Send(service, "a"));
    }
}
