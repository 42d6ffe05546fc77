using System.Collections.Concurrent;

namespace RedPacket.Outbox;

/// <summary>A shard as the relay of this process knows it.</summary>
/// <param name="Working">False while another relay holds the shard's lease, or the broker has not answered since the
/// start.</param>
/// <param name="Chunks">Chunks sent and not settled.</param>
/// <param name="Entries">Entries in them that are still in the outbox.</param>
/// <param name="Slow">Those of them that go by the slow lane.</param>
/// <param name="LastProgress">When an entry was last found to have left the outbox; null before the first.</param>
/// <param name="Resends">Chunks sent again since the start.</param>
internal sealed record ShardRelayStatus(
    int Shard, bool Working, int Chunks, long Entries, long Slow, DateTimeOffset? LastProgress, long Resends);

/// <summary>
/// All shards as the relay of this process sees them, for health and live numbers. Empty in a process without the relay
/// role.
/// </summary>
internal sealed class RelayStatus
{
    private readonly ConcurrentDictionary<int, ShardRelayStatus> _shards = new();

    /// <summary>By shard, in no order.</summary>
    public IReadOnlyCollection<ShardRelayStatus> Shards => [.. _shards.Values];

    /// <summary>Null in a process without the relay role.</summary>
    public bool? BrokerUp { get; private set; }

    /// <summary>Null in a process without the relay role.</summary>
    public bool? StoreUp { get; private set; }

    public void Report(ShardRelayStatus shard) => _shards[shard.Shard] = shard;

    public void Report(bool brokerUp, bool storeUp)
    {
        BrokerUp = brokerUp;
        StoreUp = storeUp;
    }
}
