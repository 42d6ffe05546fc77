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
}
