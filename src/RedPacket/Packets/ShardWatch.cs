using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Adds the shards that this process knows to the set of shards, again after a flush, so that relay, closer, gate and
/// report find them. Looks at gates, so that readiness changes without a request, and learns from them how many shards
/// there are.
/// </summary>
internal sealed class ShardWatch(
    IConnectionMultiplexer redis, ShardLoops shards, ShardGate gate, KeyHomes homes, TimeProvider clock, ILogger<ShardWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    // Readiness reports an outage from its own look at Redis.
    private readonly Loop _loop = new(clock, RedisOutage.Postpones, outage => logger.RoundPostponed(outage.Message));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        _loop.Run(s_pause, AddMissing, stoppingToken),
        shards.Run("Watch", (shard, stopping) => _loop.Run(s_pause, _ => Look(shard), stopping), stoppingToken));

    // Every shard knows how many there are, so a raise reaches each process without a restart.
    private async Task Look(int shard)
    {
        if (await gate.Look(shard) is { } run)
            homes.Learn(run.Shards);
    }

    private async Task AddMissing(CancellationToken stopping)
    {
        for (var shard = 0; shard < homes.Shards && !stopping.IsCancellationRequested; shard++)
        {
            if (await Shards.Add(redis.Primary(), shard) > 0)
                logger.ShardAdded(shard);
        }
    }
}
