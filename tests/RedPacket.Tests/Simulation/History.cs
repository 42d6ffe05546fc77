using RedPacket.Comparison;
using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>Plays the history of a seed. When a promise breaks, it finds a short part of the history in which it breaks too.</summary>
/// <param name="reached">Takes the names of the situations in it (<see cref="ClientRecord.Reached"/>).</param>
internal sealed class History(
    IConnectionMultiplexer connection, IConnectionMultiplexer deaf, SimulatedLedger template, int seed, HashSet<string> reached)
{
    private static readonly TimeSpan[] s_steps =
    [
        TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(16),
        TimeSpan.FromSeconds(61), TimeSpan.FromMinutes(6),
    ];

    /// <summary>Null when every promise held; else the seed, the commands and the broken promise.</summary>
    public async Task<string?> Play()
    {
        var commands = Command.History(seed);
        if (await Break(commands) is not { } broken)
            return null;
        var (shortest, last) = Environment.GetEnvironmentVariable("SIMULATION_SHRINK") == "no"
            ? (commands, broken)
            : await Shrink(commands, broken);
        return $"seed {seed} (SIMULATION_SEED={seed} plays it again): {last}\n  shortest: {string.Join(" ", shortest)}"
            + $"\n  at first: {broken}\n  whole: {string.Join(" ", commands)}";
    }

    private async Task<(Command[] Commands, string Broken)> Shrink(Command[] commands, string broken)
    {
        for (var size = commands.Length / 2; size > 0; size /= 2)
        {
            for (var from = 0; from + size <= commands.Length;)
            {
                Command[] shorter = [.. commands[..from], .. commands[(from + size)..]];
                if (await Break(shorter) is { } still)
                    (commands, broken) = (shorter, still);
                else
                    from += size;
            }
        }
        return (commands, broken);
    }

    private async Task<string?> Break(Command[] commands)
    {
        await using var world = await SimulatedWorld.Create(connection, deaf, template, seed);
        var (clients, operators) = (new Clients(world), new Operators(world));
        try
        {
            foreach (var command in commands)
            {
                world.Step++;
                await Do(world, clients, operators, command);
                await world.Look(restored: command.Move is Move.LoseWrites or Move.Flush);
            }
            await End(world, clients, operators);
            reached.UnionWith(world.Record.Reached);
            return null;
        }
        catch (PromiseBrokenException broken)
        {
            return $"after {world.Step} of {commands.Length} commands: {broken.Message}";
        }
        catch (Exception exception) when (!SimulatedWorld.Stop.IsCancellationRequested)
        {
            return $"after {world.Step} of {commands.Length} commands: {exception}";
        }
    }

    // Everything recovers first. Then every promise has come true, and the report names exactly the faults that the world caused.
    private static async Task End(SimulatedWorld world, Clients clients, Operators operators)
    {
        await world.Converge();
        await world.Look();
        await clients.AskAgain();
        foreach (var ((packetId, userId), share) in world.Record.Shares)
        {
            Promises.Must(
                IsRecorded(world, packetId, userId, share.Answer),
                $"4: {userId} was told {share.Answer} of {packetId}, and it is neither recorded nor parked");
        }
        world.Record.Note(world.Before, world.LedgerNow);
        var verdict = await operators.Report(full: true);
        Promises.Must(
            verdict == Verdict.Consistent || world.Record.Unfunded.Count > 0 || world.LedgerNow.Parked.Any(row => row.IsOpen),
            $"6: {verdict} at the end, and nothing is wrong");
        var waiting = world.LedgerNow.Parked.Where(row => row.IsOpen && world.Record.LostRunLines.Contains(row.Payload));
        Promises.Must(!waiting.Any(row => world.LedgerNow.IsFunded(row.PacketId)), "5: a line of a lost run was not paid");
    }

    private static bool IsRecorded(SimulatedWorld world, string packetId, string userId, string answer)
    {
        if (world.LedgerNow.Archived.Contains(packetId))
            return true;
        var claim = world.Before.Packets[packetId].All[userId];
        var line = world.Before.Packets[packetId].LineOf(claim);
        return claim.Answer == answer && (world.LedgerNow.Has(line) || world.LedgerNow.HasParked(line));
    }

    private static Task Do(SimulatedWorld world, Clients clients, Operators operators, Command command) => command.Move switch
    {
        Move.Send => clients.Send(command.A, command.B),
        Move.SendOther => clients.SendOther(command.A),
        Move.Grab => clients.Grab(command.A, command.B),
        Move.GrabTogether => clients.GrabTogether(command.A, command.B),
        Move.TornGrab => clients.TornGrab(command.A, command.B),
        Move.Repair => operators.Repair(dryRun: command.A % 3 == 0),
        Move.Replay => command.A % 2 == 0 ? operators.Replay() : operators.PayLostRuns(),
        Move.Archive => operators.Archive(),
        Move.Report => operators.Report(full: command.A % 2 == 0),
        Move.Poison => operators.Poison(command.A, command.B),
        _ => DoToTheWorld(world, command),
    };

    private static async Task DoToTheWorld(SimulatedWorld world, Command command)
    {
        switch (command.Move)
        {
            case Move.PassTime when world.Store.PacketIds.Count > 0:
                // A packet that is not there now is made later, or was lost.
                var packet = world.Store.PacketIds[command.A % world.Store.PacketIds.Count];
                if (world.Before.Packets.ContainsKey(packet))
                    await world.Store.PassTime(packet);
                break;
            case Move.CloseDue when world.GateOpen:
                // Two closers at the same time.
                await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Get<PacketCloser>().CloseDue(0, SimulatedWorld.Stop)));
                break;
            case Move.Relay:
                await world.RunRelay(command.A % 2);
                break;
            case Move.RelayUnsure:
                await Unsure(world, command);
                break;
            case Move.RelayDies:
                world.KillRelay(command.A % 2);
                break;
            case Move.Deliver or Move.DeliverTwice when world.Bus.Messages.Count > 0:
                await world.Settlement.Take(world.Bus.Take(command.A), command.Move == Move.Deliver ? 1 : 2);
                break;
            case Move.SettlerDiesAfterCommit when world.Bus.Messages.Count > 0:
                await world.Settlement.TakeAndDie(world.Bus.Take(command.A));
                break;
            case Move.SettlerDies:
                await world.Settlement.Die();
                break;
            case Move.Drop when world.Bus.Messages.Count > 0:
                world.Bus.Take(command.A);
                break;
            case Move.Purge:
                world.Bus.Purge();
                break;
            case Move.Clock:
                world.Clock.Advance(s_steps[command.A % s_steps.Length]);
                break;
            default:
                await DoToTheMachines(world, command);
                break;
        }
    }

    private static async Task DoToTheMachines(SimulatedWorld world, Command command)
    {
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
                await world.Restart(lostCommands: 1 + command.A % 12);
                break;
            case Move.Restart:
                await world.Restart();
                break;
            case Move.Flush:
                // When all is settled, or midway.
                if (command.A % 2 == 0)
                    await world.Converge();
                await world.Look();
                await world.Flush();
                break;
            case Move.Open:
                await world.Open(drained: command.A % 2 > 0);
                break;
            case Move.LoseEntry
                when world.GateOpen && world.Before.Out.Keys.Intersect(world.Before.Entries.Keys).ToList() is { Count: > 0 } lines:
                var line = lines.Order(StringComparer.Ordinal).ElementAt(command.A % lines.Count);
                world.Record.Torn.Add(line);
                await world.Store.LoseEntry(line);
                break;
            default:
                // The command needs something that is not there now.
                break;
        }
    }

    // The clock then advances past the relay's own pause, which is random and at most 6.25 s.
    private static async Task Unsure(SimulatedWorld world, Command command)
    {
        (world.Bus.Fate, world.Bus.Arrives) = (command.B % 3 == 0 ? SendOutcome.Failed : SendOutcome.Unknown, command.B % 3 == 1);
        await world.RunRelay(command.A % 2);
        (world.Bus.Fate, world.Bus.Arrives) = (SendOutcome.Confirmed, true);
        await world.RunRelay(command.A % 2);
        world.Clock.Advance(TimeSpan.FromSeconds(7));
    }
}
