using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>
/// Whether Redis has everything that it granted: a shard that is shut or still being compared may lack entries.
/// </summary>
internal sealed class ComparedShards(ShardGate gate, RedisReader redis)
{
    /// <summary>
    /// The run in which all packets of the shard were compared; else null, and why the shard counts as unread.
    /// </summary>
    public async Task<(string? Run, string WhyUnread)> Ask(int shard)
    {
        if (await gate.Look(shard) is not { } run)
            return (null, UnreadReason.GateShut(shard));
        if (!run.IsWalked)
            return (run.Id, "");
        var (packets, of) = await redis.Walked(shard);
        return (null, UnreadReason.Walked(shard, packets, of));
    }
}
