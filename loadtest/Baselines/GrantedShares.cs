using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Reads in Redis who has a share. A share that has no row is lost to its sender and to its winner.</summary>
internal static class GrantedShares
{
    /// <summary>Counts the shares that Redis granted and the ledger does not have.</summary>
    public static async Task<long> NotRecorded(
        Way way, string redis, PacketIds packets, IEnumerable<RecordedShare> recorded)
    {
        var rows = recorded.Select(share => (share.Packet, share.UserId)).ToHashSet();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var database = connection.GetDatabase();
        var missing = 0L;
        foreach (var some in Enumerable.Range(0, packets.Count).Where(packet => packets.IdText(packet) is not null).Chunk(100))
        {
            var holders = await Task.WhenAll(some.Select(packet => Holders(way, database, packets.IdText(packet)!)));
            missing += some.Zip(holders).Sum(packet => packet.Second.LongCount(user => !rows.Contains((packet.First, user))));
        }
        return missing;
    }

    private static async Task<IEnumerable<string>> Holders(Way way, IDatabase database, string id)
    {
        if (!way.IsRedPacket)
            return from user in await database.HashKeysAsync($"baseline:{id}:taken") select user.ToString();
        // The comparison runs on one shard.
        var mark = PacketFields.User("");
        return from field in await database.HashKeysAsync(PacketKeys.Packet(0, id))
               let name = field.ToString()
               where name.StartsWith(mark, StringComparison.Ordinal)
               select name[mark.Length..];
    }
}
