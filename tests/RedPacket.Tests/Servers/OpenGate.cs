using RedPacket.Gate;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Servers;

internal static class OpenGate
{
    /// <summary>Opens the gate of a shard under a new run, and marks its packets as compared.</summary>
    public static async Task Of(IConnectionMultiplexer redis, int shard = 0, bool isEmbedded = false)
    {
        var opening = new GateOpening(redis, shard, TimeProvider.System, isEmbedded);
        Assert.True(await opening.Take());
        await opening.Begin(0, fences: false);
        await opening.Open();
        var walk = new GateOpening(redis, shard, TimeProvider.System, isEmbedded);
        Assert.True(await walk.Take());
        var packets = await redis.GetDatabase().SortedSetRangeByRankAsync(PacketKeys.Made(shard));
        await walk.Checked(opening.Run, packets.ToDictionary(id => (string)id!, _ => Found.Same));
        await walk.Walked(opening.Run);
        await walk.Release();
    }

    /// <summary>
    /// The data of Redis becomes another, and the gate of shard 0 opens again. Its keeper is stopped, so the test says
    /// when packets are compared.
    /// </summary>
    public static async Task Again(Service service, RedisServer redis, CancellationToken stop)
    {
        await service.Hosted<GateKeeper>().StopAsync(stop);
        await redis.ChangeReplicationId();
        await Now(service, stop);
    }

    /// <summary>Opens the gate of shard 0, whose keeper is stopped.</summary>
    public static async Task Now(Service service, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                Assert.True(await service.Of<GateOpener>().Open(0, stop));
                // On a busy machine the gate was shut for longer than calls are held. The process sees now that it is
                // open.
                Assert.NotNull(await service.Of<ShardGate>().Look(0));
                return;
            }
            catch (OpeningLostException)
            {
                // The right to open lives for 10 s. A machine that was busy for longer begins again, as the keeper
                // does.
            }
        }
    }

    /// <summary>Another opener has the shard until its key is deleted. Nobody opens it meanwhile.</summary>
    public static async Task HeldByAnother(IConnectionMultiplexer redis, int shard)
    {
        while (!await new GateOpening(redis, shard, TimeProvider.System).Take())
            await Task.Yield();
        await redis.GetDatabase().KeyPersistAsync(PacketKeys.Opener(shard));
    }
}

internal static class SendingInTests
{
    /// <summary>Sends where the ledger has no key that Redis lacks.</summary>
    public static Task<CreateOutcome> Create(this RedisPackets packets, string packetId, int shards, long amountFen,
        PacketTerms terms) =>
        packets.Create(packetId, shards, amountFen, terms, _ => Task.FromResult<KeyClaim?>(null));
}
