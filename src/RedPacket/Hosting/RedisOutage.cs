using StackExchange.Redis;

namespace RedPacket.Hosting;

/// <summary>Tells an outage of Redis from a mistake of this program.</summary>
internal static class RedisOutage
{
    /// <summary>True when Redis did not answer or could not do what it was asked. After a time-out nobody knows whether it did it.</summary>
    public static bool Is(Exception exception) => exception is RedisException or TimeoutException;
}
