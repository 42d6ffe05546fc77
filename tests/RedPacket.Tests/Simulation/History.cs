using RedPacket.Comparison;
using RedPacket.Grabs;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Plays the history of a seed. When a promise breaks, it finds a short part of the history in which it breaks too.
/// </summary>
/// <param name="reached">Takes the names of the situations in it (<see cref="SimulatedWorld.Reached"/>).</param>
internal sealed class History(IConnectionMultiplexer connection, SimulatedLedger template, int seed, int shards,
    HashSet<string> reached)
{
    private static readonly bool s_traced = Environment.GetEnvironmentVariable("SIMULATION_TRACE") == "yes";

    /// <summary>Null when every promise held; else the seed, the commands and the broken promise.</summary>
    public async Task<string?> Play(Command[] commands)
    {
        if (await Break(commands) is not { } broken)
            return null;
        var (shortest, last) = Environment.GetEnvironmentVariable("SIMULATION_SHRINK") == "no"
            ? (commands, broken)
            : await Shrink(commands, broken);
        return $"seed {seed} (SIMULATION_SEED={seed} SIMULATION_SHARDS={shards} plays it again): {last}"
            + $"\n  shortest: {string.Join(" ", shortest)}\n  at first: {broken}\n  whole: {string.Join(" ", commands)}";
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

    /// <summary>Null when every promise held in these commands and at their end.</summary>
    public async Task<string?> Break(Command[] commands)
    {
        await using var world = await SimulatedWorld.Create(connection, template, seed, shards);
        var (clients, operators) = (new Clients(world), new Operators(world));
        try
        {
            foreach (var command in commands)
            {
                world.Step++;
                if (s_traced)
                    await Console.Error.WriteLineAsync($"seed {seed}: {command}");
                await Do(world, clients, operators, command);
                await world.Look(restored: command.Move is Move.LoseWrites or Move.Flush);
            }
            await End(world, operators);
            reached.UnionWith(world.Reached);
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

    // Everything recovers first. Then every promise has come true, and the report names exactly the faults that the
    // world caused.
    private static async Task End(SimulatedWorld world, Operators operators)
    {
        await world.Converge();
        await world.Look();
        await AskAgain(world);
        foreach (var ((packetId, userId), share) in world.Shards.SelectMany(shard => shard.Record.Shares))
        {
            Promises.Must(
                IsRecorded(world.ShardOf(packetId), packetId, userId, share.Answer),
                $"4: {userId} was told {share.Answer} of {packetId}, and it is neither recorded nor parked");
        }
        foreach (var shard in world.Shards)
            shard.Record.Note(shard.Before, shard.LedgerNow);
        var verdict = await operators.Report(full: true);
        Promises.Must(
            verdict == Verdict.Consistent || world.Shards.Any(shard => shard.Record.Unfunded.Count > 0)
                || world.LedgerNow.Parked.Any(row => row.IsOpen)
                // A fund that Redis had forgotten came after its key had made another packet.
                || world.LedgerNow.Repeated.Except(world.LedgerNow.Archived).Any(),
            $"6: {verdict} at the end, and nothing is wrong");
        var waiting = world.LedgerNow.Parked.Where(row => row.IsOpen && world.Shards[row.Shard].Record.LostRunLines.Contains(row.Payload));
        Promises.Must(!waiting.Any(row => world.LedgerNow.IsFunded(row.PacketId)), "5: a line of a lost run was not paid");
    }

    // Every user who ever got a share asks once more.
    private static async Task AskAgain(SimulatedWorld world)
    {
        var grabs = world.Get<GrabCoalescer>();
        foreach (var ((packetId, userId), share) in world.Shards.SelectMany(shard => shard.Record.Shares).ToList())
        {
            if (world.LedgerNow.Archived.Contains(packetId))
                continue;
            var answer = await grabs.Grab(world.ShardOf(packetId).Number, packetId, userId);
            Clients.CheckAgain(packetId, userId, answer, share.Answer);
        }
    }

    private static bool IsRecorded(SimulatedShard shard, string packetId, string userId, string answer)
    {
        if (shard.LedgerNow.Archived.Contains(packetId))
            return true;
        var claim = shard.Before.Packets[packetId].All[userId];
        var line = shard.Before.Packets[packetId].LineOf(claim);
        return claim.Answer == answer && (shard.LedgerNow.Has(line) || shard.LedgerNow.HasParked(line));
    }

    private static Task Do(SimulatedWorld world, Clients clients, Operators operators, Command command) => command.Move switch
    {
        Move.Send => clients.Send(command.A, command.B, world.Process(command.C)),
        Move.SendOther => clients.SendOther(command.A),
        Move.SenderSleepsOn => world.Sleeper.Send(
            process => clients.Send(command.A, command.B, process), command.C % 3, isCalled: command.B % 2 == 0, sleepsOn: true),
        Move.SenderStops => world.Sleeper.Send(
            process => clients.Send(command.A, command.B, process), command.C % 3, isCalled: command.B % 2 == 0),
        Move.Grab => clients.Grab(command.A, command.B, world.Process(command.C)),
        Move.GrabTogether => clients.GrabTogether(command.A, command.B, world.Process(command.C)),
        Move.TornGrab => clients.TornGrab(command.A, command.B),
        Move.Repair => operators.Repair(dryRun: command.A % 3 == 0),
        Move.Replay => command.A % 2 == 0 ? operators.Replay() : operators.PayLostRuns(),
        Move.Archive => operators.Archive(world.Shard(command.C), keysEnd: command.A % 2 > 0),
        Move.Report => operators.Report(full: command.A % 2 == 0),
        Move.Poison => operators.Poison(world.Shard(command.C), command.A, command.B),
        _ => WorldMoves.Do(world, command),
    };
}
