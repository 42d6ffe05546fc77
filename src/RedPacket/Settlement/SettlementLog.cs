namespace RedPacket.Settlement;

internal static partial class SettlementLog
{
    [LoggerMessage(4001, LogLevel.Error, "Discarded a malformed message of shard {Shard}, its entries stay in the outbox: {Reason}")]
    public static partial void MessageDiscarded(this ILogger logger, int shard, string reason);

    [LoggerMessage(4007, LogLevel.Error,
        "Set aside a message of shard {Shard} with {Entries} entries, because no relay of this service has signed it")]
    public static partial void MessageNotVerified(this ILogger logger, int shard, int entries);

    [LoggerMessage(4008, LogLevel.Warning, "Messages that are not verified wait until RabbitMQ can keep them: {Reason}")]
    public static partial void UnverifiedNotKept(this ILogger logger, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "Acknowledgement failed, the relay will send the recorded entries again: {Reason}")]
    public static partial void AcknowledgementLost(this ILogger logger, string reason);

    [LoggerMessage(4003, LogLevel.Information, "Acknowledgement worked again after {Seconds:0.0} s")]
    public static partial void AcknowledgementBack(this ILogger logger, double seconds);

    [LoggerMessage(4004, LogLevel.Error, "Settling a chunk of shard {Shard} failed, its entries stay in the outbox")]
    public static partial void ChunkNotSettled(this ILogger logger, Exception exception, int shard);

    [LoggerMessage(4005, LogLevel.Warning, "Entries of an earlier run of shard {Shard} were not judged and wait: {Reason}")]
    public static partial void StaleEntriesWait(this ILogger logger, int shard, string reason);

    [LoggerMessage(4006, LogLevel.Warning,
        "Resolved {Lines} entries of an earlier run of shard {Shard} that Redis has forgotten, parked {Parked} of them for correction")]
    public static partial void StaleEntriesResolved(this ILogger logger, int shard, int lines, int parked);

    [LoggerMessage(4009, LogLevel.Warning,
        "Parked {Lines} entries of an earlier run of shard {Shard}: for {Seconds:0} s nobody could say whether Redis has them")]
    public static partial void StaleEntriesParked(this ILogger logger, int shard, int lines, double seconds);

    [LoggerMessage(4010, LogLevel.Debug, "Did not complete the traces of shard {Shard}: {Reason}")]
    public static partial void TracesNotCompleted(this ILogger logger, int shard, string reason);
}
