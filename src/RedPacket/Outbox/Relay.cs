using RedPacket.Packets;

namespace RedPacket.Outbox;

/// <summary>
/// Carries entries from the outboxes to the queues, with a loop for each shard. Its memory may be lost at any time. Any
/// number of relays may run, and any may die.
/// </summary>
internal sealed class Relay(ShardLoops shards, RelayContext context) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        shards.Run("Relay", (shard, stopping) => new ShardRelay(shard, context).Run(stopping), stoppingToken);
}
