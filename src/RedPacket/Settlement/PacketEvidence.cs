using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Settlement;

/// <summary>
/// Checks whether packets still have what funds and grabs of an earlier run say. A Redis that lost its latest writes may
/// have forgotten what it granted. Only the Redis in the ledger's run is believed: another may be a former primary, which
/// is about to be wiped.
/// </summary>
internal sealed class PacketEvidence(ScriptRunner scripts)
{
    /// <summary>
    /// One answer per entry, in their order; null while the packet is still being compared with the ledger.
    /// </summary>
    /// <param name="run">The run of the shard that the ledger records.</param>
    /// <exception cref="OutageException">Nothing is known: this Redis did not answer, or is not in that run.</exception>
    public async Task<bool?[]> AreKept(int shard, string run, IReadOnlyList<Entry> entries)
    {
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Wanted(shard), .. entries.Select(entry => PacketKeys.Packet(shard, entry.PacketId)),
        ];
        RedisValue[] values = [run, .. entries.Select(entry => entry.ToString())];
        var answer = await scripts.Ask(MoneyScript.Evidence, shard, keys, values);
        if (answer.Resp2Type == ResultType.Array)
            return [.. ((RedisResult[])answer!).Select(word => IsKept((string?)word))];
        throw (string?)answer == MoneyScript.Ended ? MoneyScript.NotInTheRun(shard) : MoneyScript.Evidence.Unknown((string?)answer);
    }

    private static bool? IsKept(string? word) => word switch
    {
        "kept" => true,
        "forgotten" => false,
        MoneyScript.Unchecked => null,
        _ => throw MoneyScript.Evidence.Unknown(word),
    };
}
