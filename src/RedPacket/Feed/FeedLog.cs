namespace RedPacket.Feed;

internal static partial class FeedLog
{
    [LoggerMessage(9001, LogLevel.Warning, "Broker lost by the announcer, transfers wait to be announced: {Reason}")]
    public static partial void AnnouncerLostBroker(this ILogger logger, string reason);

    [LoggerMessage(9002, LogLevel.Information, "Broker back for the announcer after {Seconds:0.0} s")]
    public static partial void AnnouncerGotBroker(this ILogger logger, double seconds);

    [LoggerMessage(9003, LogLevel.Information, "Announcer took over after transfer {Position}")]
    public static partial void AnnouncingTaken(this ILogger logger, long position);

    [LoggerMessage(9004, LogLevel.Information, "Another announcer went on after transfer {Position}, and its transfers come twice")]
    public static partial void PositionMoved(this ILogger logger, long position);

    [LoggerMessage(9005, LogLevel.Debug, "Announcing was postponed: {Reason}")]
    public static partial void AnnouncingPostponed(this ILogger logger, string reason);

    [LoggerMessage(9006, LogLevel.Information, "Announcements are returned because no queue is bound. Transfers are passed over")]
    public static partial void AnnouncementsUnroutable(this ILogger logger);

    [LoggerMessage(9007, LogLevel.Information, "A queue takes announcements from transfer {First} on")]
    public static partial void AnnouncementsRoutable(this ILogger logger, long first);

    [LoggerMessage(9008, LogLevel.Debug, "Did not add the announcement to the traces of shard {Shard}: {Reason}")]
    public static partial void AnnouncementsNotTraced(this ILogger logger, int shard, string reason);
}
