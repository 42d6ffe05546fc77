using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Reads that take a key of another type for one that is absent. No script writes such a key, but a person may. It is
/// then the fault of one packet, and no outage of Redis: the others on its page are read.
/// </summary>
internal static class TypedReads
{
    /// <summary>Fields of a hash; null where there is none.</summary>
    public static async Task<RedisValue[]> Fields(this IDatabase redis, RedisKey hash, params RedisValue[] names)
    {
        try
        {
            return await redis.HashGetAsync(hash, names);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.WrongType)
        {
            return new RedisValue[names.Length];
        }
    }

    /// <summary>The length of a text in bytes; 0 when there is none.</summary>
    public static async Task<long> LengthOf(this IDatabase redis, RedisKey key)
    {
        try
        {
            return await redis.StringLengthAsync(key);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.WrongType)
        {
            return 0;
        }
    }

    /// <summary>A text; null when there is none.</summary>
    public static async Task<RedisValue> TextOf(this IDatabase redis, RedisKey key)
    {
        try
        {
            return await redis.StringGetAsync(key);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.WrongType)
        {
            return RedisValue.Null;
        }
    }
}
