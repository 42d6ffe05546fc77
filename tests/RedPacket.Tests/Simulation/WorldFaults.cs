using RedPacket.Grabs;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;

namespace RedPacket.Tests.Simulation;

/// <summary>Damage to records and messages, and faults that the world once found.</summary>
internal sealed class WorldFaults(SimulatedWorld world)
{
    private static readonly string[] s_fields = ["left", "next", "expiry", "sum", "state"];

    public async Task Do(Command command)
    {
        var shard = world.Shard(command.C);
        switch (command.Move)
        {
            case Move.DamagedRecord:
                await DamagedRecord(command.A, s_fields[command.B % s_fields.Length]);
                break;
            case Move.MalformedMessage:
                await world.Process(command.B).Settlement.TakeForeign(Malformed(shard, command.A));
                break;
            case Move.ForgedMessage when shard.IsWell:
                await Forge(shard);
                break;
            case Move.PromotedInOpening when world.Sleeper.Opens is { } opens:
                // The server that takes over has another replication id, so the right of the keeper that sleeps holds no more.
                // The embedded store keeps its id. So it loses the right instead.
                await world.Restart([opens], lostCommands: 1 + command.A % 12);
                await opens.Store.ExpireOpener();
                await world.Sleeper.Wake();
                break;
            case Move.ParkedEnded when world.IsWell && world.Ledger.IsUp && !world.Ledger.InTrouble:
                await EndParked();
                break;
            case Move.LedgerRestored or Move.LedgerRestoredInPlace when world.Shards.Any(HasPlausibleLine):
                // The ledger refuses such a line only because it has recorded others. One that has forgotten them records it.
                break;
            case Move.LedgerRestored:
                // A file is replaced while nobody has it open. Of two processes one goes on: it looks at its path.
                await world.Sleeper.Die();
                await world.RestoreLedger(inPlace: false);
                break;
            case Move.LedgerRestoredInPlace:
                await world.RestoreLedger(inPlace: true);
                break;
            default:
                // The command needs something that is not there now.
                break;
        }
    }

    // A line that no packet granted, and that is not of itself unreadable or too large. A parked one may be replayed.
    private static bool HasPlausibleLine(SimulatedShard shard) =>
        shard.Record.Poison.Any(line => Entry.TryParse(line, out var entry) && entry!.AmountFen < Operators.TooMuchFen);

    // The damage ends with the command. Meanwhile its packet alone is refused: others are granted and closed.
    private async Task DamagedRecord(int choice, string field)
    {
        var open = world.Shards.Where(shard => shard.IsWell).SelectMany(shard => shard.Before.Packets.Values)
            .Where(packet => packet.State == "open").ToList();
        if (open.Count == 0)
            return;
        var packet = open[choice % open.Count];
        var shard = world.ShardOf(packet.Id);
        var value = await shard.Store.Damage(packet.Id, field);
        // One who can have no share: a forged line may have been paid.
        var answer = await world.Get<GrabCoalescer>().Grab(shard.Number, packet.Id, "newcomer");
        Promises.Must(
            answer.Status is GrabStatus.Damaged or GrabStatus.Unknown, $"3: {packet.Id} has no {field}, and granted {answer}");
        await world.Get<PacketCloser>().CloseDue(shard.Number, SimulatedWorld.Stop);
        var due = (await shard.Store.Look(world.Step)).Live
            .Where(each => shard.Store.Passed.Contains(each.Key) && each.Key != packet.Id && each.Value is > 0 and < 10_000);
        Promises.Must(!due.Any(), $"8: {packet.Id} is damaged, and another packet that is due was not closed");
        await shard.Store.Heal(packet.Id, field, value);
        await shard.Store.SetLive(packet.Id, shard.Before.Live[packet.Id]);
        await shard.Store.SetMade(packet.Id, shard.Before.Made[packet.Id]);
    }

    private TransfersAccepted Malformed(SimulatedShard shard, int sort)
    {
        var line = shard.Before.Entries.Keys.Order(StringComparer.Ordinal).FirstOrDefault() ?? "no entry";
        (long[] Seqs, string[] Entries) parts = (sort % 4) switch
        {
            0 => ([], []),
            1 => ([1, 2], [line]),
            2 => ([2, 1], [line, line]),
            _ => ([1, 2], [line, null!]),
        };
        return new TransfersAccepted
        {
            Shard = shard.Number,
            Run = shard.Before.Meta.GetValueOrDefault("run") ?? "",
            Seqs = parts.Seqs,
            Entries = parts.Entries,
            PublishedAt = world.Clock.GetUtcNow(),
        };
    }

    // Somebody who may publish sends another line under the delivery number of a true one.
    private async Task Forge(SimulatedShard shard)
    {
        var grab = shard.Before.Out.OrderBy(entry => entry.Value)
            .FirstOrDefault(entry => entry.Key.StartsWith("g ", StringComparison.Ordinal) && shard.Before.Entries.ContainsKey(entry.Key));
        if (grab.Key is null || !Entry.TryParse(grab.Key, out var entry) || !world.Ledger.IsUp)
            return;
        await world.First.Settlement.TakeForeign(new TransfersAccepted
        {
            Shard = shard.Number,
            Run = shard.Before.Meta["run"],
            Seqs = [(long)grab.Value],
            Entries = [(entry! with { UserId = "mallory" }).ToString()],
            PublishedAt = world.Clock.GetUtcNow(),
        });
    }

    // An operator has a call for every parked entry, after which it waits no longer.
    private async Task EndParked()
    {
        await world.Converge();
        await world.Clock.PassProofs(() => world.Get<Correction>().Run(new("op"), null, dryRun: false, SimulatedWorld.Stop));
        await world.Get<Replay>().Run(new("op"), null, SimulatedWorld.Stop);
        await world.Converge();
        foreach (var row in world.Ledger.Look().Parked.Where(row => row.IsOpen))
            await world.Get<Dismissal>().Run(new("op"), [row.Id], "the world ends it", SimulatedWorld.Stop);
        await world.Look();
        var left = world.Ledger.Look().Parked.Where(row => row.IsOpen).Select(row => $"{row.Payload} ({row.Reason})").ToList();
        Promises.Must(left.Count == 0, $"6: parked for ever: {string.Join(" | ", left)}");
    }
}
