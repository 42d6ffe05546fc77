using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>Looks at the gates of all shards now. A shard that does not answer soon delays none of the others.</summary>
internal sealed class GateReader(RedisPackets packets, ShardGate gate, TimeProvider clock)
{
    /// <summary>Shorter than a load balancer waits for the answer about all shards.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(750);

    /// <summary>By shard: true when its gate is open, false when it is shut or the shard does not answer.</summary>
    public async Task<IReadOnlyDictionary<int, bool>> Read()
    {
        var shards = await packets.Shards();
        var open = await Task.WhenAll(shards.Select(IsOpen));
        return shards.Zip(open).ToDictionary(each => each.First, each => each.Second);
    }

    private async Task<bool> IsOpen(int shard)
    {
        try
        {
            return await gate.Look(shard).WaitAsync(s_limit, clock) is not null;
        }
        catch (Exception exception) when (RedisOutage.Is(exception) || exception is OutageException)
        {
            return false;
        }
    }
}
