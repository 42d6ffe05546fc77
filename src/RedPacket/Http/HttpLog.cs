namespace RedPacket.Http;

/// <summary>Ids 7000 to 7009.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(7000, LogLevel.Error, "Request {Method} at {Endpoint} failed, trace {TraceId}")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string endpoint, string traceId);

    [LoggerMessage(7001, LogLevel.Debug, "Caller of {Method} left before the answer, trace {TraceId}")]
    public static partial void CallerLeft(this ILogger logger, string method, string traceId);

    [LoggerMessage(7002, LogLevel.Information, "Stop was requested, the process refuses new requests in {DrainDelay}")]
    public static partial void StopRequested(this ILogger logger, TimeSpan drainDelay);

    [LoggerMessage(7003, LogLevel.Information, "Issuer {Authority} was read, {Keys} keys")]
    public static partial void IssuerRead(this ILogger logger, string authority, int keys);

    [LoggerMessage(7004, LogLevel.Error, "Issuer {Authority} could not be read: {Reason}")]
    public static partial void IssuerUnread(this ILogger logger, string authority, string reason);

    [LoggerMessage(7005, LogLevel.Warning,
        "Refused caller {User} at {Route} from {Address}: {Status} {Code}, trace {TraceId}, {More} more since the last line")]
    public static partial void CallerRefused(
        this ILogger logger, string user, string route, string? address, int status, string? code, string traceId, long more);
}
