using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>Takes entries out of the outbox. Called by settlement, only for entries that the ledger or its table of parked entries holds.</summary>
internal sealed class OutboxAcknowledgement(IConnectionMultiplexer redis)
{
    // seq = slot * 2 + lane, and each slot is used for one lane only: nothing can stand between two numbers that differ by 2.
    private const long Step = 2;

    /// <summary>
    /// Removes exactly these delivery numbers, run by run: never the range of a chunk, in which entries may stand that are not recorded.
    /// Numbers that are not there (any more) do no harm.
    /// </summary>
    public async Task Remove(int shard, IReadOnlyList<long> seqs)
    {
        var outbox = PacketKeys.Out(shard);
        var database = redis.GetDatabase();
        await Task.WhenAll(Runs(seqs).Select(run => database.SortedSetRemoveRangeByScoreAsync(outbox, run.First, run.Last)).ToList());
    }

    /// <summary>The numbers as runs that step by exactly 2.</summary>
    internal static IEnumerable<(long First, long Last)> Runs(IReadOnlyList<long> seqs)
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
