using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// The shares that corrections pay. Their packets have no entry for them, so only the ledger knows that they are due. A
/// ledger that went back may have forgotten it, and then gets the line again. Archiving a packet lets its lines go too.
/// </summary>
internal sealed class CorrectedShares(IConnectionMultiplexer redis, LedgerReader ledger, Journal journal, TimeProvider clock)
{
    private const int PerPage = 500;

    /// <summary>Parks those that the ledger does not have, as lines of a lost run: repair pays them.</summary>
    public async Task Park(int shard, CancellationToken cancellation)
    {
        var held = await redis.Primary().HashValuesAsync(PacketKeys.Held(shard));
        foreach (var page in held.SelectMany(lines => ((string)lines!).Split('\n')).Chunk(PerPage))
        {
            ChunkLine[] lost = [.. page.Except(await ledger.ParkedAmong(page, cancellation)).Select(ChunkLine.Read)];
            if (lost.Length == 0)
                continue;
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            var chunk = new Chunk(shard, lost, 0, now, null, Slow: true, Run: Chunk.LostRun, Forgotten: true);
            if ((await journal.Enqueue(chunk, cancellation)).Contains(RecordOutcome.Left))
                throw new LedgerUnavailableException($"The ledger did not park the shares of shard {shard} that corrections pay.");
        }
    }
}
