using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Ways;

/// <summary>Reads in Redis who has a share.</summary>
internal static class GrantedShares
{
    /// <summary>
    /// Counts the shares that Redis granted, that were not confirmed, and that the ledger does not have. The money of
    /// such a share is nowhere.
    /// </summary>
    /// <exception cref="TargetException">Redis lacks a share that was confirmed, so it is not the Redis of this way.</exception>
    public static async Task<long> NeverRecorded(
        Way way, string redis, PacketIds packets, IEnumerable<RecordedShare> recorded, IEnumerable<Win> confirmed, Callers callers)
    {
        var rows = recorded.Select(share => (share.Packet, share.UserId)).ToHashSet();
        var wins = confirmed.Select(win => (win.Packet, callers.Name(win.User))).ToHashSet();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        var database = connection.GetDatabase();
        var (missing, told) = (0L, 0L);
        foreach (var some in Enumerable.Range(0, packets.Count).Chunk(100))
        {
            var holders = await Task.WhenAll(some.Select(packet => Holders(way, database, packets.IdText(packet)!)));
            foreach (var share in some.Zip(holders).SelectMany(packet => packet.Second.Select(user => (packet.First, user))))
            {
                told += wins.Contains(share) ? 1 : 0;
                missing += wins.Contains(share) || rows.Contains(share) ? 0 : 1;
            }
        }
        return told == wins.Count
            ? missing
            : throw new TargetException($"Redis has {told} of the {wins.Count} shares that '{way.Key}' confirmed.");
    }

    private static async Task<IEnumerable<string>> Holders(Way way, IDatabase database, string id)
    {
        if (!way.IsRedPacket)
            return from user in await database.HashKeysAsync($"peer:{id}:taken") select user.ToString();
        // The comparison runs on one shard.
        var mark = PacketFields.User("");
        return from field in await database.HashKeysAsync(PacketKeys.Packet(0, id))
               let name = field.ToString()
               where name.StartsWith(mark, StringComparison.Ordinal)
               select name[mark.Length..];
    }
}
