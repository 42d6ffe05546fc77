using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>
/// Removes entries from the outbox (PROTOCOL 5.1). Settlement calls it, only for entries that are in the ledger or parked
/// there.
/// </summary>
internal sealed class OutboxAcknowledgement(IConnectionMultiplexer redis)
{
    // A delivery number is slot * 2 + lane, and each slot is used for one lane only. So there is no entry between two
    // numbers that differ by 2.
    private const long Step = 2;
    private static readonly ScriptFile s_settled = new("settled.lua");

    /// <summary>
    /// Removes exactly these delivery numbers. Never removes the range of a chunk, which may hold entries that are not
    /// recorded. Ignores numbers that are not there. A number that this Redis never handed out shuts the gate.
    /// </summary>
    /// <param name="writer">The writer of the ledger whose transaction has these entries.</param>
    /// <param name="transaction">The transaction's number.</param>
    public Task Remove(int shard, IReadOnlyList<long> seqs, string writer, long transaction) => s_settled.Evaluate(
        redis.Primary(), [PacketKeys.Meta(shard), PacketKeys.Out(shard), PacketKeys.Told(shard)],
        [writer, transaction, .. Ranges(seqs).SelectMany(range => (RedisValue[])[range.First, range.Last])]);

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
