using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>Removes entries from the outbox. Settlement calls it, only for entries that are in the ledger or parked there.</summary>
internal sealed class OutboxAcknowledgement(IConnectionMultiplexer redis)
{
    // A delivery number is slot * 2 + lane, and each slot is used for one lane only. So there is no entry between two numbers that differ
    // by 2.
    private const long Step = 2;

    /// <summary>
    /// Removes exactly these delivery numbers. Never removes the range of a chunk, which may hold entries that are not recorded.
    /// Ignores numbers that are not there.
    /// </summary>
    public async Task Remove(int shard, IReadOnlyList<long> seqs)
    {
        var outbox = PacketKeys.Out(shard);
        var database = redis.GetDatabase();
        var ranges = Ranges(seqs).Select(range => database.SortedSetRemoveRangeByScoreAsync(outbox, range.First, range.Last));
        await Task.WhenAll(ranges.ToList());
    }

    /// <summary>The numbers as ranges that step by exactly 2.</summary>
    internal static IEnumerable<(long First, long Last)> Ranges(IReadOnlyList<long> seqs)
    {
        for (var first = 0; first < seqs.Count;)
        {
            var next = first + 1;
            while (next < seqs.Count && seqs[next] == seqs[next - 1] + Step)
                next++;
            yield return (seqs[first], seqs[next - 1]);
            first = next;
        }
    }
}
