using StackExchange.Redis;

namespace RedPacket.Hosting;

/// <summary>Tells an outage of Redis from a mistake of this program.</summary>
internal static class RedisOutage
{
    /// <summary>
    /// True when Redis did not answer or could not do the command. After a timeout it is unknown whether it did it.
    /// </summary>
    public static bool Is(Exception exception) =>
        exception is RedisException or TimeoutException || IsForReplica(exception);

    /// <summary>
    /// True when a background round is only postponed: Redis is away, or a call says that a part cannot be used now.
    /// </summary>
    public static bool Postpones(Exception exception) => exception is OutageException || Is(exception);

    /// <summary>
    /// True when the command had no effect and may have one soon: it was never sent, or refused for a reason that
    /// passes. False when nobody knows, and for causes that stay, such as a full memory.
    /// </summary>
    public static bool WasNotExecuted(Exception exception) => exception switch
    {
        RedisServerException refused => refused.Kind is RedisErrorKind.Loading or RedisErrorKind.ClusterDown or RedisErrorKind.MasterDown
            or RedisErrorKind.TryAgain or RedisErrorKind.NoReplicas or RedisErrorKind.Busy or RedisErrorKind.Moved or RedisErrorKind.Ask
            or RedisErrorKind.ReadOnly or RedisErrorKind.NoScript,
        RedisConnectionException lost => lost.CommandStatus is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog,
        _ => IsForReplica(exception),
    };

    /// <summary>
    /// True when Redis refused to write because its memory limit is reached, in this exception or in its cause.
    /// </summary>
    public static bool IsOutOfMemory(Exception? exception) => exception switch
    {
        null => false,
        // Redis 6.2 wraps the error of a command in the error of its script.
        RedisServerException refused => refused.Kind == RedisErrorKind.OutOfMemory
            || refused.Message.Contains("OOM command not allowed", StringComparison.Ordinal),
        _ => IsOutOfMemory(exception.InnerException),
    };

    // The client refuses to send a write to a server that has just become a replica.
    private static bool IsForReplica(Exception exception) =>
        exception is RedisCommandException && exception.Message.Contains("replica", StringComparison.OrdinalIgnoreCase);
}
