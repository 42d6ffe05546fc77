namespace RedPacket.Outbox;

/// <summary>
/// Carries entries from the outboxes to the queue: a loop per shard. It holds no state that matters; any number may run, and any may die.
/// </summary>
internal sealed class Relay(RelayContext parts) : BackgroundService
{
    private static readonly TimeSpan s_discoverEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<int, Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Discover(loops, stoppingToken);
            await Task.Delay(s_discoverEvery, parts.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(loops.Values);
    }

    private async Task Discover(Dictionary<int, Task> loops, CancellationToken stopping)
    {
        var began = parts.Time.GetUtcNow();
        try
        {
            foreach (var shard in await parts.Reader.Shards())
            {
                if (!loops.ContainsKey(shard))
                    loops[shard] = Task.Run(() => new ShardRelay(shard, parts).Run(stopping), CancellationToken.None);
            }
            parts.Store.Answered(began);
        }
        catch (Exception exception)
        {
            parts.Store.Fault(exception.Message, failures: 0);
        }
    }
}
