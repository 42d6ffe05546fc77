
namespace RedPacket.Operations;

/// <summary>What the door, the checks and the live numbers have to say. Ids 7000 to 7999.</summary>
internal static partial class OperationsLog
{
    [LoggerMessage(7000, LogLevel.Error, "Request {Method} at {Endpoint} failed, trace {TraceId}")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string endpoint, string traceId);

    [LoggerMessage(7001, LogLevel.Debug, "Caller of {Method} left before the answer, trace {TraceId}")]
    public static partial void CallerLeft(ILogger logger, string method, string traceId);

    [LoggerMessage(7002, LogLevel.Information, "Stop was asked for: readiness turned red, the door closes in {DrainDelay}")]
    public static partial void Drained(ILogger logger, TimeSpan drainDelay);

    [LoggerMessage(7010, LogLevel.Information, "Store was accepted: Redis {Version}, {Durability} ({Detail})")]
    public static partial void StoreAccepted(ILogger logger, string version, string durability, string detail);

    [LoggerMessage(7011, LogLevel.Critical, "Store was refused, this process stays unready: {Remedy}")]
    public static partial void StoreRefused(ILogger logger, string remedy);

    [LoggerMessage(7012, LogLevel.Warning, "Store that may forget was allowed by Redis:AllowVolatile ({Detail})")]
    public static partial void VolatileStoreAllowed(ILogger logger, string detail);

    [LoggerMessage(7013, LogLevel.Debug, "Store could not be inspected: {Reason}")]
    public static partial void StoreNotInspected(ILogger logger, string reason);

    [LoggerMessage(7014, LogLevel.Debug, "Store could not be read for the gauges: {Reason}")]
    public static partial void StoreNotRead(ILogger logger, string reason);

    [LoggerMessage(7020, LogLevel.Warning, "Live numbers could not be read")]
    public static partial void SampleFailed(ILogger logger, Exception exception);
}
