using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>Whether Redis has everything that it granted: a shard that is shut or still being compared may lack entries.</summary>
internal sealed class ComparedShards(ShardGate gate)
{
    public async Task<bool> Has(int shard) => await gate.Look(shard) is { IsWalked: false };
}
