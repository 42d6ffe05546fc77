namespace RedPacket.Outbox;

/// <summary>
/// Carries entries from the outboxes to the queue: a loop per shard. It holds no state that matters; any number may run, and any may die.
/// </summary>
internal sealed class Relay(RelayParts parts) : BackgroundService
{
    private static readonly TimeSpan s_discoverEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<int, Task>();
        var failures = 0;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                failures = await Discover(loops, stoppingToken) ? 0 : failures + 1;
                await Task.Delay(s_discoverEvery, parts.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(loops.Values);
        }
    }

    private async Task<bool> Discover(Dictionary<int, Task> loops, CancellationToken stopping)
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
            return true;
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            parts.Store.Fault(error.Message, failures: 0);
            return false;
        }
    }
}
