using RedPacket.Gate;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using RedPacket.Tests.Simulation;

namespace RedPacket.Tests.Gate;

/// <summary>A walker that sleeps between its look at the run and its right to walk (PROTOCOL 4.7).</summary>
[Needs("simulation")]
public sealed class SleepingWalkerTests(GarnetStore store) : IClassFixture<GarnetStore>
{
    [Fact]
    public async Task AnotherRunWasOpenedMeanwhile_ItsPacketsAreLeftAlone()
    {
        using var template = await SimulatedLedger.Template();
        await using var world = await SimulatedWorld.Create(store.Connection, template, seed: 1, 1);
        await new Clients(world).Send(0, 2, world.First);
        await world.Look();
        var (meta, outbox, packet) = (PacketKeys.Meta(0), PacketKeys.Out(0), PacketKeys.Packet(0, world.PacketIds[0]));
        // A walk has begun, so the walker has something to do.
        await store.Database.HashSetAsync(meta, "walk", 0);
        world.Second.Network.StopAfter(1, isCalled: false);
        var walk = world.Second.Get<ShardWalk>().Run(0, SimulatedWorld.Stop);
        await world.Second.Network.Stopped;

        await store.Database.HashDeleteAsync(meta, "run");
        await world.Shards[0].Refresh();
        await world.Shards[0].Open(drained: true);
        var run = await store.Database.HashGetAsync(meta, "run");
        Assert.Equal(run, await store.Database.HashGetAsync(packet, "run"));
        // A comparison would find that the packet has to be rebuilt.
        await store.Database.KeyDeleteAsync(outbox);
        await store.Database.KeyDeleteAsync(PacketKeys.Opener(0));
        world.Second.Network.Wake();
        try
        {
            await walk;
        }
        catch (OpeningLostException)
        {
            // It found out too late.
        }
        Assert.Equal(run, await store.Database.HashGetAsync(packet, "run"));
        Assert.False(await store.Database.KeyExistsAsync(outbox));
    }
}
