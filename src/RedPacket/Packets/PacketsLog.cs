namespace RedPacket.Packets;

internal static partial class PacketsLog
{
    [LoggerMessage(1001, LogLevel.Information, "Expired packets of shard {Shard} were closed: {Count}")]
    public static partial void PacketsExpired(this ILogger logger, int count, int shard);

    [LoggerMessage(1002, LogLevel.Debug, "Closing, archiving or watching was postponed: {Reason}")]
    public static partial void RoundPostponed(this ILogger logger, string reason);

    [LoggerMessage(1003, LogLevel.Information, "Packets of shard {Shard} were archived: {Count}")]
    public static partial void PacketsArchived(this ILogger logger, int count, int shard);

    [LoggerMessage(1004, LogLevel.Information, "Shard {Shard} was added to the set of shards")]
    public static partial void ShardAdded(this ILogger logger, int shard);

    [LoggerMessage(1005, LogLevel.Error, "Packet {PacketId} was not closed, because its record is damaged. It is tried again in an hour")]
    public static partial void PacketNotClosed(this ILogger logger, string packetId);

    [LoggerMessage(1006, LogLevel.Error, "{Work} of shard {Shard} failed and starts again")]
    public static partial void ShardLoopFailed(this ILogger logger, Exception exception, string work, int shard);

    [LoggerMessage(1007, LogLevel.Error, "Packet {PacketId} was not archived, because the ledger refused it: {Reason}")]
    public static partial void PacketNotArchived(this ILogger logger, string packetId, string reason);
}
