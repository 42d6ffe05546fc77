using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>A key that names the one process that may do something now. It expires if that process dies.</summary>
internal static class Lease
{
    private static readonly ScriptFile s_release = new("release.lua");

    /// <summary>Releases it if this holder still has it.</summary>
    public static async Task Release(IDatabase redis, RedisKey key, RedisValue holder)
    {
        if ((string?)await s_release.Evaluate(redis, [key], [holder]) is var word && word is not ("released" or "lost"))
            throw s_release.Unknown(word);
    }
}
