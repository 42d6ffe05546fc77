using RedPacket.Hosting;
using RedPacket.Ledger;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Tells whether this Redis was ever used with a ledger. Only a process that has the ledger open opens a gate, and an opening writes the
/// shard's <c>meta</c>: where there is a <c>meta</c>, there was a ledger. Only a flush removes it, and the packets with it.
/// </summary>
internal sealed class PriorLedgerCheck(IConnectionMultiplexer redis)
{
    /// <summary>Why no empty ledger may be made; null where none was before. For the ledger's own thread: it waits for Redis's answer.</summary>
    public string? WhyNoNewLedger()
    {
        try
        {
            return Any().GetAwaiter().GetResult() ? $"Redis knows shards that were opened beside one. Put it back, or a backup of it. {LedgerCreation.Anew}" : null;
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return "Redis, which knows whether there was one before, does not answer yet. It is made when Redis says that there was none.";
        }
    }

    private async Task<bool> Any()
    {
        var database = redis.GetDatabase();
        var shards = await Shards.All(database);
        return (await Task.WhenAll(shards.Select(shard => database.KeyExistsAsync(PacketKeys.Meta(shard))))).Any(begun => begun);
    }
}
