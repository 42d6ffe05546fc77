using System.Data.Common;
using RedPacket.Gate;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The number of shards is raised by a process that stops at any of its calls, while others send with the old and with
/// the new number. Another process goes on with the raise, and then the first one wakes.
/// </summary>
[Needs("simulation")]
public sealed class RaiseSimulationTests(GarnetStore store) : IClassFixture<GarnetStore>
{
    private const int Few = 2;
    private const int Many = 5;
    private const int Keys = 6;

    private static CancellationToken Stop => SimulatedWorld.Stop;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RaiseStoppedAtAnyCall_EachKeyHasOnePacket(bool isCalled)
    {
        using var template = await SimulatedLedger.Template();
        var calls = 0;
        while (await Play(template, calls, isCalled))
            calls++;
        // Every shard is told, looked at and opened.
        Assert.InRange(calls, 20, 1000);
    }

    // False when the raise was over before it could be stopped.
    private async Task<bool> Play(SimulatedLedger template, int calls, bool isCalled)
    {
        await using var world = await SimulatedWorld.Create(store.Connection, template, seed: 1, Few);
        var (old, fresh) = (new Sender(world, Few), new Sender(world, Many));
        Dictionary<string, string> packets = [];
        await Send(world, packets, [old], "early");
        await world.Get<HouseRecord>().Raise(new Actor("op"), Few, Many, Stop);

        var second = world.Second;
        await world.Ledger.Answers();
        second.Network.StopAfter(calls, isCalled);
        var raise = Quietly(second.Get<ShardCountKeeper>().Round(Stop));
        var hasStopped = await Task.WhenAny(raise, second.Network.Stopped) != raise;

        await Send(world, packets, [old, fresh], "early", "while it sleeps");
        await Send(world, packets, [new Sender(world, Many), new Sender(world, Few)], "early", "while it sleeps too");
        // The sleeper has lost its rights by now.
        await store.Database.KeyDeleteAsync([.. Enumerable.Range(0, Many).Select(shard => PacketKeys.Opener(shard))]);
        await KeepHouse(world);
        await Send(world, packets, [new Sender(world, Few), fresh], "early", "while it sleeps", "while it sleeps too", "raised");
        second.Network.Wake();
        await raise;
        await KeepHouse(world);
        await Send(world, packets, [new Sender(world, Few), fresh], "early", "while it sleeps", "while it sleeps too", "raised");

        var made = await Task.WhenAll(
            Enumerable.Range(0, Many).Select(shard => store.Database.SortedSetLengthAsync(PacketKeys.Made(shard))));
        Assert.True((packets.Count, 4L * Keys) == (4 * Keys, made.Sum()), $"stopped after {calls}: {string.Join(", ", made)} packets");
        return hasStopped;
    }

    // As the first process does it four times a second. A transaction that the sleeper had begun may commit between the
    // look at its shard and the round, which then waits for that shard.
    private static Task KeepHouse(SimulatedWorld world) => Eventually.Holds(async () =>
    {
        await Round(world);
        return true;
    }, what: "the raise goes on");

    // What was opened once is opened again, and then the raise goes on.
    private static async Task Round(SimulatedWorld world)
    {
        for (var shard = 0; shard < Many; shard++)
        {
            if (await world.Get<GateOpener>().Look(shard) != GateState.NeverOpened)
                await world.Clock.PassProofs(() => world.First.Open(shard));
        }
        await world.Get<ShardCountKeeper>().Round(Stop);
    }

    // Every answer about a key names the same packet.
    private static async Task Send(SimulatedWorld world, Dictionary<string, string> packets, Sender[] senders,
        params string[] phases)
    {
        // A shard that was refused is looked at again after a moment.
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var key in phases.SelectMany(phase => Enumerable.Range(0, Keys).Select(i => $"{phase} {i}")))
        {
            foreach (var sender in senders)
            {
                if (await sender.Send(key) is not { } packet)
                    continue;
                packets.TryAdd(key, packet);
                Assert.True(packets[key] == packet, $"key '{key}' has {packets[key]} and {packet}");
            }
        }
    }

    private static async Task Quietly(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception exception) when (exception is OpeningLostException or OutageException or RedisException or DbException)
        {
            // The keeper says so, and tries again later.
        }
    }

    /// <summary>A process that sends, and begins with a number of shards.</summary>
    private sealed class Sender
    {
        private readonly SimulatedWorld _world;
        private readonly KeyHomes _homes = new();

        public Sender(SimulatedWorld world, int shards)
        {
            _world = world;
            _homes.Learn(shards);
        }

        /// <summary>The packet of the key; null when it was refused.</summary>
        public async Task<string?> Send(string key)
        {
            var terms = new PacketTerms(
                "anna", "lucky", 5, "", 86_400, "line-cutting", "000000000000002a", PacketTerms.KeyHash("anna", key));
            try
            {
                while (true)
                {
                    var known = _homes.Shards;
                    var packetId = PacketId.New(KeyHomes.Of(terms.Key, known), TimeProvider.System.GetUtcNow());
                    var outcome = await _world.Get<RedisPackets>().Create(packetId, known, 500, terms);
                    if (outcome.Status != CreateStatus.Moved)
                        return outcome.Packet?.Id ?? outcome.Claim!.PacketId;
                    _homes.Learn(outcome.Shards);
                }
            }
            catch (OutageException)
            {
                return null;
            }
        }
    }
}
