namespace RedPacket.Subscribers.Following;

internal static partial class FollowingLog
{
    [LoggerMessage(9101, LogLevel.Debug, "Room {Room} opened {Place} and follows the ledger from transfer {Position} on")]
    public static partial void RoomOpened(this ILogger logger, string room, string place, long position);

    [LoggerMessage(9102, LogLevel.Warning, "Room {Room} cannot digest transfer {Transfer} and tries it again, other rooms go on: {Reason}")]
    public static partial void TransferFailed(this ILogger logger, string room, long transfer, string reason);

    [LoggerMessage(9103, LogLevel.Information, "Room {Room} digested transfer {Transfer} and goes on")]
    public static partial void TransferDigested(this ILogger logger, string room, long transfer);

    [LoggerMessage(9104, LogLevel.Warning, "Room {Room} has waited for {Seconds:0} s for its service or its store: {Reason}")]
    public static partial void RoomWaits(this ILogger logger, string room, double seconds, string reason);

    [LoggerMessage(9105, LogLevel.Information, "Room {Room} goes on after {Seconds:0} s")]
    public static partial void RoomGoesOn(this ILogger logger, string room, double seconds);

    [LoggerMessage(9106, LogLevel.Error,
        "Room {Room} is at transfer {Position} and the ledger was restored to {Head}, it applies nothing until it starts with --again")]
    public static partial void RoomIsAhead(this ILogger logger, string room, long position, long head);

    [LoggerMessage(9107, LogLevel.Error,
        "Room {Room} drifted at transfer {Position}, start it with --again: {Grabs} grabs of {Fen} fen, not {LedgerGrabs} of {LedgerFen}")]
    public static partial void RoomDrifted(
        this ILogger logger, string room, long position, long grabs, long fen, long? ledgerGrabs, long? ledgerFen);

    [LoggerMessage(9108, LogLevel.Information, "Room {Room} agrees with the ledger again")]
    public static partial void RoomAgrees(this ILogger logger, string room);

    [LoggerMessage(9109, LogLevel.Information, "Progress of room {Room} is not reported: {Reason}")]
    public static partial void ProgressNotReported(this ILogger logger, string room, string reason);

    [LoggerMessage(9110, LogLevel.Warning, "Room {Room} ignored a malformed message of transfers {From} to {To}")]
    public static partial void MessageIgnored(this ILogger logger, string room, long from, long to);
}
