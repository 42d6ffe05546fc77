using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Adds the shards that this process knows to the set of shards, again after a flush, so that relay, closer, gate and report find them.
/// Looks at gates that are shut, so that readiness changes without a request.
/// </summary>
internal sealed class ShardWatch(
    IConnectionMultiplexer redis, ShardGate gate, KeyHomes homes, TimeProvider clock, ILogger<ShardWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, IsOutage, outage => logger.RoundPostponed(outage.Message)).Run(s_pause, Watch, stoppingToken);

    // Readiness reports an outage from its own look at Redis.
    private static bool IsOutage(Exception exception) => exception is OutageException || RedisOutage.Is(exception);

    private async Task Watch(CancellationToken stopping)
    {
        for (var shard = 0; shard < homes.Shards && !stopping.IsCancellationRequested; shard++)
        {
            if (await Shards.Add(redis.Primary(), shard) > 0)
                logger.ShardAdded(shard);
            await gate.Look(shard);
        }
    }
}
