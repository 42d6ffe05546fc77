namespace RedPacket.Reports;

internal static partial class ReportsLog
{
    [LoggerMessage(6101, LogLevel.Information, "Report wrote a digest of {Transfers} transfers, through transfer {Through}")]
    public static partial void DigestWritten(this ILogger logger, long through, long transfers);

    [LoggerMessage(6102, LogLevel.Warning, "Report could not write its digest: {Reason}")]
    public static partial void DigestPostponed(this ILogger logger, string reason);

    [LoggerMessage(6116, LogLevel.Debug, "Report was not kept in the history: {Reason}")]
    public static partial void ReportNotKept(this ILogger logger, string reason);

    [LoggerMessage(6108, LogLevel.Debug, "Report was postponed: {Reason}")]
    public static partial void ReportPostponed(this ILogger logger, string reason);
}
