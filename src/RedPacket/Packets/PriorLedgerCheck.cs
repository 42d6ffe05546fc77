using RedPacket.Hosting;
using RedPacket.Ledger;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Whether this Redis was ever dealt from. A gate is opened, and a shard's <c>meta</c> with it begun, only by who has the ledger open: where there is one,
/// there was a ledger. It is forgotten with the packets, by a flush and by nothing else.
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
        var shards = await database.SetMembersAsync(PacketKeys.Shards);
        return (await Task.WhenAll(shards.Select(shard => database.KeyExistsAsync(PacketKeys.Meta((int)shard))))).Any(begun => begun);
    }
}
