using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Outbox;

/// <summary>
/// Carries entries from the outboxes to the queues, with a loop for each shard. Its memory may be lost at any time. Any number of relays
/// may run, and any may die.
/// </summary>
internal sealed class Relay(RelayContext context) : BackgroundService
{
    private static readonly TimeSpan s_discoverEvery = TimeSpan.FromSeconds(1);
    private readonly Dictionary<int, Task> _loops = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loop = new Loop(context.Clock, _ => true, outage => context.Store.Fault(outage.Message));
        await loop.Run(s_discoverEvery, Discover, stoppingToken);
        await Task.WhenAll(_loops.Values);
    }

    // Starts a loop for each new shard.
    private async Task Discover(CancellationToken stopping)
    {
        var began = context.Clock.GetUtcNow();
        foreach (var shard in await Shards.All(context.Redis.Primary()))
        {
            if (!_loops.ContainsKey(shard))
                _loops[shard] = Task.Run(() => new ShardRelay(shard, context).Run(stopping), CancellationToken.None);
        }
        context.Store.Answered(began);
    }
}
