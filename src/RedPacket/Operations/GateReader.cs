using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>Asks all shards now. A shard that does not answer soon delays none of the others.</summary>
internal sealed class GateReader(RedisPackets packets, ShardGate gate, TimeProvider clock)
{
    /// <summary>Shorter than a load balancer waits for the answer about all shards.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(750);

    /// <summary>By shard: true when its gate is open, false when it is shut or the shard does not answer.</summary>
    public async Task<IReadOnlyDictionary<int, bool>> Read()
    {
        // A Redis that is new or was flushed knows no shards. Every house has the first one.
        var shards = await packets.Shards() is { Length: > 0 } known ? known : [0];
        var open = await Task.WhenAll(shards.Select(shard => Ask(async () => await gate.Look(shard) is not null, away: false)));
        return shards.Zip(open).ToDictionary(each => each.First, each => each.Second);
    }

    /// <summary>The answer of one shard; <paramref name="away"/> when there is none soon.</summary>
    public async Task<T> Ask<T>(Func<Task<T>> ask, T away)
    {
        try
        {
            return await ask().WaitAsync(s_limit, clock);
        }
        catch (Exception exception) when (RedisOutage.Is(exception) || exception is OutageException)
        {
            return away;
        }
    }
}
