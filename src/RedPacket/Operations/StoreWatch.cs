using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Operations;

/// <summary>Reads the store's numbers every two seconds, because gauges cannot wait for Redis. Four commands per shard.</summary>
internal sealed class StoreWatch(
    StoreSampler reader, RedisPackets packets, ShardGate gate, TimeProvider clock, ILogger<StoreWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(2);
    private volatile Seen? _seen;

    /// <summary>The last numbers; null while the store does not answer.</summary>
    public StoreNumbers? Numbers => _seen?.Numbers;

    /// <summary>Which shards' gates were open; empty while the store does not answer.</summary>
    public IReadOnlyDictionary<int, bool> Gates => _seen?.Gates ?? new Dictionary<int, bool>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Look();
            await Task.Delay(s_between, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Look()
    {
        try
        {
            var gates = new Dictionary<int, bool>();
            foreach (var shard in await packets.Shards())
                gates[shard] = await gate.Look(shard) is not null;
            _seen = new Seen(await reader.Read(), gates);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            _seen = null;
            logger.StoreNotRead(exception.Message);
        }
    }

    private sealed record Seen(StoreNumbers Numbers, IReadOnlyDictionary<int, bool> Gates);
}
