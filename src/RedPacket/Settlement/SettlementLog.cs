
namespace RedPacket.Settlement;

internal static partial class SettlementLog
{
    [LoggerMessage(4001, LogLevel.Error, "Message of shard {Shard} discarded, what it carried stays in the outbox: {Reason}")]
    public static partial void MessageDiscarded(this ILogger logger, int shard, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "Acknowledgement failed, recorded entries will come again: {Reason}")]
    public static partial void AcknowledgementLost(this ILogger logger, string reason);

    [LoggerMessage(4003, LogLevel.Information, "Acknowledgement worked again after {Seconds:0.0} s")]
    public static partial void AcknowledgementBack(this ILogger logger, double seconds);

    [LoggerMessage(4004, LogLevel.Error, "Recording a chunk of shard {Shard} failed, it stays in the outbox")]
    public static partial void ChunkNotRecorded(this ILogger logger, Exception error, int shard);

    [LoggerMessage(4005, LogLevel.Warning, "Lines of an earlier run of shard {Shard} wait, their packets cannot be asked: {Reason}")]
    public static partial void LateLinesWait(this ILogger logger, int shard, string reason);

    [LoggerMessage(4006, LogLevel.Warning, "Of an earlier run of shard {Shard} came {Lines} lines that Redis has forgotten; {Parked} are parked, to be made good")]
    public static partial void LateLinesSettled(this ILogger logger, int shard, int lines, int parked);
}
