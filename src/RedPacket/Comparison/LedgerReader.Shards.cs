using Microsoft.EntityFrameworkCore;

namespace RedPacket.Comparison;

/// <summary>What the ledger knows of shards.</summary>
internal sealed partial class LedgerReader
{
    /// <summary>The shards that were ever opened. A message may name others: they are none.</summary>
    public async Task<List<int>> Shards(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Shards.Where(s => s.Run != null).Select(s => s.Shard).ToListAsync(cancellation);
    }

    /// <summary>One more than the highest shard that was ever opened.</summary>
    public async Task<int> ShardCount(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Shards.Where(s => s.Run != null).MaxAsync(s => (int?)s.Shard, cancellation) + 1 ?? 0;
    }

    /// <summary>True when a packet was ever recorded.</summary>
    public async Task<bool> HasPackets(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Packets.AnyAsync(cancellation);
    }

    /// <summary>
    /// The run of the shard whose grants the ledger records, and the highest delivery number that it has seen. The run is null before the
    /// first, and empty when the gate must compare again. The number is 0 before the first.
    /// </summary>
    public async Task<(string? Run, long HighestSeq)> Recorded(int shard, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var row = await db.Shards.Where(s => s.Shard == shard)
            .Select(s => new { s.Run, s.HighestSeq }).SingleOrDefaultAsync(cancellation);
        return (row?.Run, row?.HighestSeq ?? 0);
    }
}
