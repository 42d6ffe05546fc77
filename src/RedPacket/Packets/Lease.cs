using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>A key that holds the name of whoever may do something now, and runs out by itself.</summary>
internal static class Lease
{
    private const string Script = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

    /// <summary>Gives it up, if it is still this holder's.</summary>
    public static Task GiveUp(IDatabase redis, RedisKey key, RedisValue holder) => redis.ScriptEvaluateAsync(Script, [key], [holder]);
}
