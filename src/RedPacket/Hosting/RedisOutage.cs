using StackExchange.Redis;

namespace RedPacket.Hosting;

/// <summary>Tells an outage of Redis from a mistake of this program.</summary>
internal static class RedisOutage
{
    /// <summary>True when Redis did not answer or could not do the command. After a timeout it is unknown whether it did it.</summary>
    public static bool Is(Exception exception) => exception is RedisException or TimeoutException;
}
