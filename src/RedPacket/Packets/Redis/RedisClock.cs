using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// The clock of Redis, by which shares are granted and packets expire. The clock of this machine may differ by minutes.
/// Twins in Lua: <c>create.lua</c>, <c>grab.lua</c>, <c>close.lua</c> and <c>begin.lua</c> tell the time as
/// <c>time.lua</c> does.
/// </summary>
internal static class RedisClock
{
    private static readonly ScriptFile s_time = new("time.lua");

    /// <summary>Milliseconds since 1970, by the server that holds the shard.</summary>
    public static async Task<long> Now(IDatabase redis, int shard) =>
        (long)await s_time.Evaluate(redis, [PacketKeys.Meta(shard)], []);
}
