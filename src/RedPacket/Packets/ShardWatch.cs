using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Enters this process's shards into the set of shards (again after a flush), so that relay, sweeper, gate and report find them,
/// and looks at closed gates, so that readiness turns without a request having to come.
/// </summary>
internal sealed class ShardWatch(IConnectionMultiplexer redis, ShardGate gate, IOptions<PacketsOptions> options, TimeProvider clock, ILogger<ShardWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                for (var shard = 0; shard < options.Value.Shards; shard++)
                    await Watch(shard);
            }
            catch (Exception exception) when (exception is OutageException || RedisOutage.Is(exception))
            {
                // Redis is away; readiness says so from its own look, and the next round tries again.
                logger.SweepPutOff(exception.Message);
            }

            await Task.Delay(s_pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Watch(int shard)
    {
        if (await redis.GetDatabase().SetAddAsync(PacketKeys.Shards, shard))
            logger.ShardEntered(shard);
        await gate.Look(shard);
    }
}
