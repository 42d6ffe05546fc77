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

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, RedisOutage.Is, Unread).Run(s_between, Look, stoppingToken);

    private async Task Look(CancellationToken stopping)
    {
        var gates = new Dictionary<int, bool>();
        foreach (var shard in await packets.Shards())
            gates[shard] = await gate.Look(shard) is not null;
        _seen = new Seen(await reader.Read(), gates);
    }

    private void Unread(Exception outage)
    {
        _seen = null;
        logger.RedisNotRead(outage.Message);
    }

    private sealed record Seen(StoreNumbers Numbers, IReadOnlyDictionary<int, bool> Gates);
}
