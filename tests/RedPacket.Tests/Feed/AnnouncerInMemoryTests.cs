using System.Collections.Concurrent;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using RedPacket.Feed;
using RedPacket.Messages;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Feed;

/// <summary>The whole service announces on its bus in memory what settlement has recorded.</summary>
[Needs("servers")]
public sealed class AnnouncerInMemoryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task WhatIsSettled_ReachesASubscriberOfTheBus()
    {
        await using var service = await Service.Start(redis, null);
        await Eventually.Holds(async () =>
        {
            await using var db = await service.OpenLedger();
            return await db.Announced.AnyAsync();
        });
        var seen = new ConcurrentQueue<SettledTransfer>();
        var queue = service.Of<IBusControl>().ConnectReceiveEndpoint("follower", endpoint =>
        {
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.Handler<TransfersSettled>(context =>
            {
                foreach (var transfer in context.Message.Transfers)
                    seen.Enqueue(transfer);
                return Task.CompletedTask;
            });
        });
        await queue.Ready;

        var packet = await service.Send(1000, 20);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(user => service.Grabs.Grab(0, packet, $"user-{user}")));

        await Eventually.Holds(() => seen.Count == 21);
        Assert.Equal(Enumerable.Range(1, 21).Select(id => (long)id), seen.Select(transfer => transfer.Id));
        Assert.Equal(1000, seen.Where(transfer => transfer.Kind == EntryName.Grab).Sum(transfer => transfer.AmountFen));
        await Eventually.Holds(() => service.Of<Announcer>().Waiting == 0);
    }

    [Fact]
    public async Task ProcessWithoutTheRole_AnnouncesNothing()
    {
        await using var service = await Service.Start(redis, null, "--RedPacket:Roles=grab,relay,settle,reconcile");
        await service.Send(1000, 20);
        await service.Settles();

        await using var db = await service.OpenLedger();
        Assert.False(await db.Announced.AnyAsync(TestContext.Current.CancellationToken));
    }
}
