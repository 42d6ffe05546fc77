using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Reports;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The operators' tools: repair, replay, archiving, the report. Each answer is compared with what the world itself
/// sees.
/// </summary>
internal sealed class Operators(SimulatedWorld world)
{
    /// <summary>More than any packet has.</summary>
    public const long TooMuchFen = 200_000_000;

    /// <summary>Missing entries are found, and restored unless it is a dry run.</summary>
    public Task Repair(bool dryRun) => world.Ledger.UnlessAway(async () =>
    {
        if (world.Away.Count > 0)
            return;
        var missing = await Missing();
        var answer = await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun, SimulatedWorld.Stop);
        Promises.Must(
            (answer.Found, answer.Issued) == (missing, dryRun ? 0 : missing),
            $"6: repair found {answer.Found} and issued {answer.Issued}, {missing} were missing");
        var left = await Missing();
        Promises.Must(left == (dryRun ? missing : 0), $"4: {left} missing after repair");
    });

    public async Task Replay()
    {
        if (world.IsWell)
            await world.Ledger.UnlessAway(() => world.Get<Replay>().Run(new("op"), null, SimulatedWorld.Stop));
    }

    /// <summary>A user who got a share that Redis has lost gets its money.</summary>
    public async Task PayLostRuns()
    {
        foreach (var shard in world.IsWell ? world.Shards : [])
            await world.Ledger.UnlessAway(() => shard.PayLostRuns(new("op")));
    }

    /// <summary>
    /// Time passes for the packets that are closed. A packet that is recorded to the last fen goes. No other packet goes.
    /// </summary>
    /// <param name="keysEnd">So much time that its Idempotency-Key has expired, and that no backup is used any more.</param>
    public Task Archive(SimulatedShard shard, bool keysEnd) => world.Ledger.UnlessAway(async () =>
    {
        if (shard.IsAway)
            return;
        var before = shard.LedgerNow;
        await world.Sleeper.KillSender();
        try
        {
            await world.Get<PacketArchiver>().ArchiveShard(shard.Number, SimulatedWorld.Stop);
        }
        catch (OutageException exception) when (exception.Outage == Outage.Gate && !shard.IsCompared)
        {
            world.Reached.Add("archiving waits for the gate");
        }
        var gone = world.Ledger.Look().Of(shard.Number).Archived.Except(before.Archived).ToHashSet(StringComparer.Ordinal);
        foreach (var packet in gone.Select(id => shard.Before.Packets[id]))
        {
            Promises.Must(packet.State != "open" && packet.Entries.All(before.Has), $"4: {packet.Id} was archived and is not recorded");
            Promises.Must(
                before.Parked.All(row => row.PacketId != packet.Id || !row.IsOpen),
                $"4: {packet.Id} was archived and has parked entries");
        }
        if (!keysEnd)
            return;
        world.Ledger.DropBackup();
        world.Ledger.ForgetKeys();
        foreach (var each in world.Shards)
        {
            var ended = world.Ledger.Look().Of(each.Number).Archived;
            await each.Store.EndKeys(ended, each.Before);
            foreach (var sender in world.Sendings.Where(sending => sending.Value.Told is { } told && ended.Contains(told.Id)).ToList())
                world.Sendings.Remove(sender.Key);
        }
    });

    /// <summary>The report names every difference, entry by entry.</summary>
    public async Task<string> Report(bool full)
    {
        var (verdict, differences) = await ReportOracle.Read(world);
        var report = await world.Get<ReportBuilder>().Build(new ReportRequest(Full: full), SimulatedWorld.Stop);
        List<string> said = [.. report.Differences.Select(ReportOracle.Name).Order(StringComparer.Ordinal)];
        Promises.Must(report.Verdict == verdict && said.SequenceEqual(differences),
            $"6: the report says {report.Verdict} ({string.Join("; ", report.Reasons)}) [{string.Join(" | ", said)}]"
            + $" instead of {verdict} [{string.Join(" | ", differences)}]");
        return report.Verdict;
    }

    /// <summary>
    /// A line that no packet yields, of one of four sorts. Nothing when the sort needs something that is not there.
    /// </summary>
    public async Task Poison(SimulatedShard shard, int sort, int number)
    {
        var ledger = shard.LedgerNow;
        var recorded = ledger.Rows.FirstOrDefault(row => row.Kind == EntryKind.Grab && !ledger.Archived.Contains(row.PacketId));
        var fund = ledger.Rows.FirstOrDefault(row => row.Kind == EntryKind.Fund && row.PacketId == recorded?.PacketId);
        var line = (sort % 4, recorded) switch
        {
            (0, _) => $"no entry {number} {world.Step}",
            (1, not null) => new Entry(EntryKind.Grab, recorded.PacketId, 900 + number, "mallory", TooMuchFen, recorded.At).ToString(),
            (2, not null) =>
                new Entry(EntryKind.Grab, recorded.PacketId, recorded.Ordinal, "mallory", recorded.Fen, recorded.At).ToString(),
            (3, not null) when fund is not null =>
                new Entry(EntryKind.Grab, recorded.PacketId, 800 + number, "mallory", fund.Fen, recorded.At).ToString(),
            _ => null,
        };
        if (line is null || !shard.IsWell)
            return;
        shard.Record.Poison.Add(line);
        shard.Record.PoisonDue.Add(line);
        await shard.Store.PutIntoOutbox(line);
    }

    // While a gate is shut, only its opening puts lost entries back.
    private async Task<int> Missing()
    {
        var missing = 0;
        foreach (var shard in world.Shards.Where(shard => shard.IsOpen))
            missing += ReportOracle.Missing(await shard.Store.Look(world.Step), shard.LedgerNow).Count();
        return missing;
    }
}
