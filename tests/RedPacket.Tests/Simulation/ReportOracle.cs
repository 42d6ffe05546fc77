using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The expected report on Redis and the ledger as the world sees them: computed entry by entry, without pages, sums or
/// checksums.
/// </summary>
internal static class ReportOracle
{
    /// <summary>The verdict and every difference, as <c>kind packet entry ordinal</c>.</summary>
    public static async Task<(string Verdict, List<string> Differences)> Read(SimulatedWorld world)
    {
        var ledger = world.Ledger.Look();
        // The report leaves out a shard that is shut or cannot be reached, and compares the others.
        var shards = world.Shards.Where(shard => shard.IsWell && world.Ledger.IsThere).ToList();
        List<string> wrong = world.Ledger.IsThere
            ?
            [
                .. ledger.Parked.Where(row => row.IsOpen).Select(row => Name(DifferenceKind.Parked, row.PacketId, row.Kind, row.Ordinal)),
                .. ledger.Repeated.Except(ledger.Archived).Select(id => Name(DifferenceKind.Duplicate, id, EntryKind.Fund, 0)),
            ]
            : [];
        List<string> inFlight = [];
        var isAllRead = shards.Count == world.Shards.Count;
        foreach (var shard in shards)
        {
            var (store, recorded) = (await shard.Store.Look(world.Step), ledger.Of(shard.Number));
            wrong.AddRange(Wrong(store, recorded));
            inFlight.AddRange(store.Entries.Where(entry => !recorded.Archived.Contains(entry.Value.PacketId))
                .Where(entry => recorded.At(entry.Value) is null && store.Out.ContainsKey(entry.Key))
                .Select(entry => Name(DifferenceKind.InFlight, entry.Value)));
            isAllRead &= !store.Packets.Values.Any(packet => packet.State == "open" && shard.Store.Passed.Contains(packet.Id));
        }
        var verdict = wrong.Count > 0 ? Verdict.Inconsistent : inFlight.Count > 0 || !isAllRead ? Verdict.Converging : Verdict.Consistent;
        return (verdict, [.. wrong.Concat(inFlight).Order(StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> Wrong(StoreImage store, LedgerImage ledger)
    {
        var mismatched = store.Entries.Values.Where(entry => !ledger.Archived.Contains(entry.PacketId))
            .Where(entry => ledger.At(entry) is { } row && !IsSame(row, entry));
        return
        [
            .. Missing(store, ledger).Select(entry => Name(DifferenceKind.Missing, entry)),
            .. mismatched.Select(entry => Name(DifferenceKind.Mismatch, entry)), .. Orphans(store, ledger), .. Duplicates(store, ledger),
        ];
    }

    /// <summary>Entries that are in neither outbox, ledger nor parked, by identity.</summary>
    public static IEnumerable<Entry> Missing(StoreImage store, LedgerImage ledger) => store.Entries
        .Where(entry => !ledger.Archived.Contains(entry.Value.PacketId) && ledger.At(entry.Value) is null)
        .Where(entry => !ledger.HasParked(entry.Value) && !store.Out.ContainsKey(entry.Key))
        .Select(entry => entry.Value);

    /// <summary>A difference as the report has it.</summary>
    public static string Name(Difference difference) =>
        $"{difference.Kind} {difference.PacketId} {difference.Entry} {difference.Ordinal}";

    private static IEnumerable<string> Orphans(StoreImage store, LedgerImage ledger)
    {
        var granted = store.Entries.Values.Select(entry => (entry.PacketId, (int)entry.Kind, entry.Ordinal)).ToHashSet();
        return ledger.Rows
            .Where(row => row.Kind != EntryKind.Adjust && !ledger.Archived.Contains(row.PacketId))
            .Where(row => !granted.Contains((row.PacketId, (int)row.Kind, row.Ordinal)))
            .Select(row => Name(DifferenceKind.Orphan, row.PacketId, row.Kind, row.Ordinal));
    }

    // The share that the packet itself names is the user's; any other row of theirs is one too many.
    private static IEnumerable<string> Duplicates(StoreImage store, LedgerImage ledger)
    {
        var grabs = ledger.Rows.Where(row => row.Kind == EntryKind.Grab && !ledger.Archived.Contains(row.PacketId));
        foreach (var rows in grabs.GroupBy(row => (row.PacketId, row.UserId)))
        {
            var own = store.Packets.GetValueOrDefault(rows.Key.PacketId)?.All.GetValueOrDefault(rows.Key.UserId)?.Ordinal;
            var rightful = rows.FirstOrDefault(row => row.Ordinal == own) ?? rows.MinBy(row => row.Ordinal);
            foreach (var row in rows.Where(row => row != rightful))
                yield return Name(DifferenceKind.Duplicate, row.PacketId, EntryKind.Grab, row.Ordinal);
        }
    }

    private static bool IsSame(LedgerRow row, Entry entry) =>
        row.Fen == entry.AmountFen && (entry.Kind == EntryKind.Fund || row.UserId == entry.UserId);

    private static string Name(string kind, Entry entry) => Name(kind, entry.PacketId, entry.Kind, entry.Ordinal);

    private static string Name(string kind, string packetId, EntryKind entry, int ordinal) =>
        $"{kind} {packetId} {EntryName.Of(entry)} {ordinal}";
}
