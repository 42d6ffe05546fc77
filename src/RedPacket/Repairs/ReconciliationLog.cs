namespace RedPacket.Repairs;

internal static partial class ReconciliationLog
{
    [LoggerMessage(6101, LogLevel.Information, "Wrote a digest of {Transfers} transfers, through transfer {Through}.")]
    public static partial void DigestWritten(this ILogger logger, long through, long transfers);

    [LoggerMessage(6102, LogLevel.Warning, "Put off writing a digest: {Reason}")]
    public static partial void DigestPutOff(this ILogger logger, string reason);

    [LoggerMessage(6103, LogLevel.Warning, "Found {Count} entries missing, asked for by {Actor}; put back {Issued}.")]
    public static partial void EntriesPutBack(this ILogger logger, long count, string actor, long issued);

    [LoggerMessage(6104, LogLevel.Warning, "Put off repair: {Reason}")]
    public static partial void RepairPutOff(this ILogger logger, string reason);

    [LoggerMessage(6105, LogLevel.Warning, "Replayed {Count} parked entries, asked for by {Actor}.")]
    public static partial void EntriesReplayed(this ILogger logger, long count, string actor);

    [LoggerMessage(6106, LogLevel.Warning, "Rebuilt the totals of {Accounts} accounts, asked for by {Actor}.")]
    public static partial void TotalsRebuilt(this ILogger logger, int accounts, string actor);

    [LoggerMessage(6107, LogLevel.Error, "Dealt with {Count} parked shares, the house paid {Fen} fen, asked for by {Actor}; the first by id: {Ids}. See /api/v1/parked?resolved=true.")]
    public static partial void SharesCorrected(this ILogger logger, int count, long fen, string actor, string ids);

    [LoggerMessage(6108, LogLevel.Debug, "Put off a report: {Reason}")]
    public static partial void ReportPutOff(this ILogger logger, string reason);
}
