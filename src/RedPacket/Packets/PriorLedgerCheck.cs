using RedPacket.Hosting;
using RedPacket.Ledger;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Tells whether this Redis was ever used with a ledger. Only a process that has the ledger open opens a gate, and an
/// opening writes the shard's <c>meta</c>: where there is a <c>meta</c>, there was a ledger. Only a flush removes it,
/// and the packets with it.
/// </summary>
internal sealed class PriorLedgerCheck(IConnectionMultiplexer redis)
{
    /// <summary>
    /// Why no empty ledger may be created; null when there was none before. For the ledger's own thread: it waits for
    /// Redis.
    /// </summary>
    public string? WhyNoNewLedger()
    {
        try
        {
            return Any().GetAwaiter().GetResult()
                ? $"Redis has been used with a ledger before. Restore that ledger, or its backup. {LedgerCreation.Anew}"
                : null;
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return "Redis does not answer yet. The ledger is created when Redis answers that there was none before.";
        }
    }

    private async Task<bool> Any()
    {
        var database = redis.Primary();
        var shards = await Shards.All(database);
        return (await Task.WhenAll(shards.Select(shard => database.KeyExistsAsync(PacketKeys.Meta(shard))))).Any(begun => begun);
    }
}
