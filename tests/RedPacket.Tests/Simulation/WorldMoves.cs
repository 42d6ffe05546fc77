using RedPacket.Outbox;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>Events in the world of a history that neither clients nor operators ask for.</summary>
internal static class WorldMoves
{
    private static readonly TimeSpan[] s_steps =
    [
        TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(16),
        TimeSpan.FromSeconds(61), TimeSpan.FromMinutes(6),
    ];

    public static async Task Do(SimulatedWorld world, Command command)
    {
        var shard = world.Shard(command.C);
        switch (command.Move)
        {
            case Move.PassTime when world.PacketIds.Count > 0:
                // A packet that is not there now is made later, or was lost.
                var packet = world.PacketIds[command.A % world.PacketIds.Count];
                if (world.ShardOf(packet).Before.Packets.ContainsKey(packet))
                    await world.ShardOf(packet).Store.PassTime(packet);
                break;
            case Move.CloseDue when shard.IsWell:
                // Two closers at the same time.
                SimulatedProcess[] both = [world.First, world.Process(command.A)];
                await Task.WhenAll(both.Select(each => each.Get<PacketCloser>().CloseDue(shard.Number, SimulatedWorld.Stop)));
                break;
            case Move.Relay:
                await shard.RunRelay(command.A % 2);
                break;
            case Move.RelayUnsure:
                await Unsure(world, command);
                break;
            case Move.RelayDies:
                shard.KillRelay(command.A % 2);
                break;
            case Move.Deliver or Move.DeliverTwice when world.Bus.Messages.Count > 0:
                await world.Process(command.C).Settlement.Take(world.Bus.Take(command.A), command.Move == Move.Deliver ? 1 : 2);
                break;
            case Move.SettlerDiesAfterCommit when world.Bus.Messages.Count > 0:
                await world.Process(command.C).Settlement.TakeAndDie(world.Bus.Take(command.A));
                break;
            case Move.SettlerDies:
                await world.Process(command.C).Settlement.Die();
                break;
            case Move.Drop when world.Bus.Messages.Count > 0:
                world.Bus.Take(command.A);
                break;
            case Move.Purge:
                world.Bus.Purge();
                break;
            case Move.Clock:
                var step = s_steps[command.A % s_steps.Length];
                world.Clock.Advance(step);
                // Without the ledger they do not come back from their look.
                foreach (var process in world.Ledger.IsUp ? world.Awake : [])
                    await process.Settlement.GoOn(step);
                break;
            default:
                await DoToTheMachines(world, command);
                break;
        }
    }

    private static async Task DoToTheMachines(SimulatedWorld world, Command command)
    {
        var shard = world.Shard(command.C);
        switch (command.Move)
        {
            case Move.LedgerLocked when world.Ledger.IsUp:
                world.Ledger.Lock();
                break;
            case Move.LedgerGone when world.Ledger.IsUp:
                world.TakeLedgerAway();
                break;
            case Move.LedgerBack:
                await world.LedgerBack();
                break;
            case Move.Trouble or Move.TroubleEnds:
                world.Ledger.Trouble(command.Move == Move.Trouble);
                break;
            case Move.LoseWrites:
                await world.Restart(Some(world, command), lostCommands: 1 + command.A % 12);
                break;
            case Move.Restart:
                await world.Restart(Some(world, command));
                break;
            case Move.Flush:
                // When all is settled, or midway.
                if (command.A % 2 == 0)
                    await world.Converge();
                await world.Look();
                await world.Flush(Some(world, command));
                break;
            case Move.Open:
                foreach (var each in Some(world, command))
                    await each.Open(drained: command.A % 2 > 0);
                break;
            case Move.LoseEntry
                when shard.IsOpen && shard.Before.Out.Keys.Intersect(shard.Before.Entries.Keys).ToList() is { Count: > 0 } lines:
                var line = lines.Order(StringComparer.Ordinal).ElementAt(command.A % lines.Count);
                shard.Record.Torn.Add(line);
                await shard.Store.LoseEntry(line);
                break;
            case Move.KeeperStops:
                await world.Sleeper.Open(shard, command.A % 30, isCalled: command.B % 2 == 0);
                break;
            case Move.SleeperWakes:
                await world.Sleeper.Wake();
                break;
            case Move.SleeperDies:
                await world.Sleeper.Die();
                break;
            case Move.ShardAway:
                shard.GoAway();
                break;
            case Move.ShardBack:
                await shard.ComeBack();
                break;
            case Move.ServeTheWell:
                await HouseRounds.Serve(world);
                break;
            case Move.LedgerBackup:
                world.Ledger.BackUp();
                break;
            case Move.ClockOff:
                world.Process(command.C).Clock.Off = TimeSpan.FromMinutes(command.A % 21 - 10);
                break;
            default:
                await new WorldFaults(world).Do(command);
                break;
        }
    }

    // One shard, or all of them: they may be on one server.
    private static IReadOnlyList<SimulatedShard> Some(SimulatedWorld world, Command command) =>
        command.C % 3 == 2 ? world.Shards : [world.Shard(command.C % 3)];

    // The clock then advances past the relay's own pause, which is random and at most 6.25 s.
    private static async Task Unsure(SimulatedWorld world, Command command)
    {
        (world.Bus.Fate, world.Bus.Arrives) = (command.B % 3 == 0 ? SendOutcome.Failed : SendOutcome.Unknown, command.B % 3 == 1);
        await world.Shard(command.C).RunRelay(command.A % 2);
        (world.Bus.Fate, world.Bus.Arrives) = (SendOutcome.Confirmed, true);
        await world.Shard(command.C).RunRelay(command.A % 2);
        world.Clock.Advance(TimeSpan.FromSeconds(7));
    }
}
