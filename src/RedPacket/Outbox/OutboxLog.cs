namespace RedPacket.Outbox;

internal static partial class OutboxLog
{
    [LoggerMessage(3001, LogLevel.Warning, "Broker lost, entries wait in the outbox: {Reason}")]
    public static partial void BrokerLost(this ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Broker back after {Seconds:0.0} s")]
    public static partial void BrokerBack(this ILogger logger, double seconds);

    [LoggerMessage(3003, LogLevel.Warning, "Redis lost by the relay: {Reason}")]
    public static partial void RedisLost(this ILogger logger, string reason);

    [LoggerMessage(3004, LogLevel.Information, "Redis back for the relay after {Seconds:0.0} s")]
    public static partial void RedisBack(this ILogger logger, double seconds);

    [LoggerMessage(3005, LogLevel.Information, "Relay acquired shard {Shard}: {Waiting} messages queued, {Chunks} chunks assumed sent")]
    public static partial void ShardTaken(this ILogger logger, int shard, long waiting, int chunks);

    [LoggerMessage(3006, LogLevel.Information, "Relay started shard {Shard} over from its first entry: {Reason}")]
    public static partial void ShardStartedOver(this ILogger logger, int shard, string reason);

    [LoggerMessage(3007, LogLevel.Information, "Relay lost the lease of shard {Shard} to another relay")]
    public static partial void LeaseLost(this ILogger logger, int shard);

    [LoggerMessage(3008, LogLevel.Debug, "Relay resent chunk {First} to {Last} of shard {Shard}: attempt {Attempts}, {Entries} entries")]
    public static partial void ChunkResent(this ILogger logger, int shard, long first, long last, int attempts, int entries);

    [LoggerMessage(3009, LogLevel.Warning, "Lease of shard {Shard} was not released and will expire: {Reason}")]
    public static partial void LeaseNotReleased(this ILogger logger, int shard, string reason);

    [LoggerMessage(3010, LogLevel.Warning, "Connection {Connection} to RabbitMQ failed: {Reason}")]
    public static partial void ConnectionFailed(this ILogger logger, string connection, string reason);
}
