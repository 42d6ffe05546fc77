using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>
/// Reads the store's numbers and gates every two seconds, because gauges cannot wait for Redis. A shard that is
/// away takes the sums over all shards, and no other gate.
/// </summary>
internal sealed class StoreWatch(
    StoreSampler reader, GateReader gates, TimeProvider clock, ILogger<StoreWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(2);
    private static readonly IReadOnlyDictionary<int, bool> s_none = new Dictionary<int, bool>();
    private volatile StoreNumbers? _numbers;
    private volatile IReadOnlyDictionary<int, bool> _gates = s_none;

    /// <summary>The last numbers; null while the store does not answer.</summary>
    public StoreNumbers? Numbers => _numbers;

    /// <summary>Which shards' gates were open; empty while the store does not answer.</summary>
    public IReadOnlyDictionary<int, bool> Gates => _gates;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Watch(async () => _numbers = await reader.Read(), () => _numbers = null, stoppingToken),
        Watch(async () => _gates = await gates.Read(), () => _gates = s_none, stoppingToken));

    private Task Watch(Func<Task> read, Action forget, CancellationToken stopping)
    {
        void Unread(Exception outage)
        {
            forget();
            logger.RedisNotRead(outage.Message);
        }

        return new Loop(clock, RedisOutage.Is, Unread).Run(s_between, _ => read(), stopping);
    }
}
