using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Pauses;

namespace RedPacket.Comparison;

/// <summary>The number of shards that there are to be, and those that were ever opened.</summary>
/// <param name="Told">The number that shards may know: <paramref name="Wanted"/> once all could take part in the
/// raise.</param>
internal sealed record HouseShards(int Wanted, int Told, IReadOnlyList<int> Opened)
{
    /// <summary>True until each of them was opened.</summary>
    public bool IsRaising => Opened.Count < Wanted;

    /// <summary>The number that was in force before: new shards follow the others.</summary>
    public int InForce => IsRaising ? Enumerable.Range(0, Wanted).Except(Opened).First() : Wanted;

    /// <summary>The number for a shard that opens. A raise that waits changes nothing, so it learns of none.</summary>
    public int ToTell => Told >= Wanted ? Wanted : InForce;
}

/// <summary>Its questions about shards.</summary>
internal sealed partial class LedgerReader
{
    /// <summary>The shards that were ever opened. A message may name others: they are none.</summary>
    public async Task<List<int>> Shards(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Shards.Where(s => s.Run != null).Select(s => s.Shard).ToListAsync(cancellation);
    }

    /// <summary>The shards of the house; null before its first process has written them down.</summary>
    public async Task<HouseShards?> House(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.House.AsNoTracking().SingleOrDefaultAsync(cancellation) is not { } house)
            return null;
        var opened = await db.Shards.Where(s => s.Run != null && s.Shard < house.Shards).Select(s => s.Shard).ToListAsync(cancellation);
        return new HouseShards(house.Shards, house.Told, opened);
    }

    /// <summary>The pause of settlement; null while there is none.</summary>
    public async Task<Pause?> SettlementPause(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.ReadPause(cancellation);
    }

    /// <summary>The number of the last transfer; 0 when there is none.</summary>
    public async Task<long> Head(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Transfers.MaxAsync(transfer => (long?)transfer.Id, cancellation) ?? 0;
    }

    /// <summary>True when a packet was ever recorded.</summary>
    public async Task<bool> HasPackets(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Packets.AnyAsync(cancellation);
    }

    /// <summary>The first of these transactions that the ledger does not have; null when it has all.</summary>
    public async Task<LedgerMark?> FirstLacking(IReadOnlyList<LedgerMark> marks, CancellationToken cancellation)
    {
        if (marks.Count == 0)
            return null;
        string[] writers = [.. marks.Select(mark => mark.Writer)];
        // A snapshot is never one of a file that was replaced.
        await using var snapshot = await LedgerSnapshot.Open(contexts, cancellation);
        var counts = await snapshot.Db.Writers.Where(writer => EF.Parameter(writers).Contains(writer.Id))
            .ToDictionaryAsync(writer => writer.Id, writer => writer.Number, StringComparer.Ordinal, cancellation);
        var lacking = marks.Where(mark => counts.GetValueOrDefault(mark.Writer) < mark.Number);
        return lacking.Select(mark => (LedgerMark?)mark).FirstOrDefault();
    }

    /// <summary>
    /// The run of the shard whose grants the ledger records, and the highest delivery number that it has seen. The run
    /// is null before the first, and empty when the gate must be opened again. The number is 0 before the first.
    /// </summary>
    public async Task<(string? Run, long HighestSeq)> Recorded(int shard, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var row = await db.Shards.Where(s => s.Shard == shard)
            .Select(s => new { s.Run, s.HighestSeq }).SingleOrDefaultAsync(cancellation);
        return (row?.Run, row?.HighestSeq ?? 0);
    }
}
