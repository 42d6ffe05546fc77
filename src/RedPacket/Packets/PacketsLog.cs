namespace RedPacket.Packets;

internal static partial class PacketsLog
{
    [LoggerMessage(1001, LogLevel.Information, "{Count} packets of shard {Shard} expired and were closed")]
    public static partial void PacketsExpired(this ILogger logger, int count, int shard);

    [LoggerMessage(1002, LogLevel.Debug, "The sweep was put off: {Reason}")]
    public static partial void SweepPutOff(this ILogger logger, string reason);

    [LoggerMessage(1003, LogLevel.Information, "{Count} packets of shard {Shard} were archived")]
    public static partial void PacketsArchived(this ILogger logger, int count, int shard);

    [LoggerMessage(1004, LogLevel.Information, "Shard {Shard} was entered into the set of shards")]
    public static partial void ShardEntered(this ILogger logger, int shard);
}
