using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

// A walk comes to its end, whatever callers want and clocks say.
public abstract partial class WalkTests
{
    [Fact]
    public async Task CallersWhoKeepAskingForUnknownPackets_DoNotKeepTheWalkFromTheOthers()
    {
        await using var service = await Service.Start(redis, postgres);
        var packets = await SendMany(service);
        await service.Settles();
        await Reopen(service);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var asking = KeepAsking(ended.Token);

        await service.Of<ShardWalk>().Run(0, Stop).WaitAsync(TimeSpan.FromMinutes(1), Stop);

        await ended.CancelAsync();
        await asking;
        var run = (await service.Of<ShardGate>().Look(0))!;
        Assert.False(run.IsWalked);
        Assert.All(await Runs(packets), each => Assert.Equal(run.Id, each));
    }

    [Fact]
    public async Task PacketsThatClosedAheadOfTheClock_AreComparedToo()
    {
        await using var service = await Service.Start(redis, postgres);
        var packets = await SendMany(service);
        await service.Settles();
        var now = TimeProvider.System.GetUtcNow();
        var past = packets[1..].Select(id => new SortedSetEntry(id, -now.AddHours(-1).ToUnixTimeMilliseconds()));
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), [.. past]);
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), packets[0], -now.AddDays(1).ToUnixTimeMilliseconds());
        await Reopen(service);

        await service.Of<ShardWalk>().Run(0, Stop);

        var run = (await service.Of<ShardGate>().Look(0))!;
        Assert.False(run.IsWalked);
        Assert.All(await Runs(packets), each => Assert.Equal(run.Id, each));
    }

    // A report and a repair read them so, and the ledger's list does not lead to them.
    [Fact]
    public async Task PacketsThatClosedAheadOfTheClock_AreInTheScan()
    {
        await using var service = await Service.Start(redis, postgres);
        var ahead = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds();
        var closed = Enumerable.Range(0, 5).Select(number => new SortedSetEntry($"0-{number:x32}", -ahead - number)).ToArray();
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), closed);

        var read = await service.Of<RedisReader>().Live(0, pageSize: 2, Stop).SelectMany(page => page).ToListAsync(Stop);

        Assert.Equal(closed.Select(packet => (string)packet.Element!), read);
    }

    [Fact]
    public async Task PageThatTakesLong_KeepsTheRightToCompare()
    {
        await using var service = await Service.Start(redis, postgres);
        await SendMany(service);
        await service.Settles();
        await Reopen(service);

        var walk = service.Of<ShardWalk>().Run(0, Stop);

        TimeSpan? shortest = null;
        while (!walk.IsCompleted)
            shortest = await redis.Database.KeyTimeToLiveAsync(PacketKeys.Opener(0)) is { } life && !(shortest < life) ? life : shortest;
        await walk;
        Assert.InRange(shortest!.Value, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20));
    }

    // More than a page of the walk, all the time.
    private async Task KeepAsking(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            if (await redis.Database.SortedSetLengthAsync(PacketKeys.Wanted(0), 1) > 1000)
                continue;
            var ids = Enumerable.Range(0, 1000).Select(_ => new SortedSetEntry($"0-{Guid.NewGuid():N}", 1));
            await redis.Database.SortedSetAddAsync(PacketKeys.Wanted(0), [.. ids]);
        }
    }
}
