namespace RedPacket.Operations;

/// <summary>Ids 7010 to 7999.</summary>
internal static partial class OperationsLog
{
    [LoggerMessage(7010, LogLevel.Information, "Store was accepted: Redis {Version}, {Durability} ({Detail})")]
    public static partial void StoreAccepted(this ILogger logger, string version, string durability, string detail);

    [LoggerMessage(7011, LogLevel.Critical, "Store was refused, sends and grabs answer 503: {Remedy}")]
    public static partial void StoreRefused(this ILogger logger, string remedy);

    [LoggerMessage(7012, LogLevel.Warning, "Store may lose data and was accepted because of Redis:AllowVolatile ({Detail})")]
    public static partial void VolatileStoreAllowed(this ILogger logger, string detail);

    [LoggerMessage(7013, LogLevel.Debug, "Store could not be inspected: {Reason}")]
    public static partial void RedisNotInspected(this ILogger logger, string reason);

    [LoggerMessage(7014, LogLevel.Debug, "Store could not be read for the metrics: {Reason}")]
    public static partial void RedisNotRead(this ILogger logger, string reason);

    [LoggerMessage(7015, LogLevel.Warning, "Waiting for Redis at {Servers}")]
    public static partial void WaitingForStore(this ILogger logger, string servers);

    [LoggerMessage(7016, LogLevel.Warning, "Lost the process with the role {Role} at {Address}: {Reason}")]
    public static partial void PeerLost(this ILogger logger, string role, Uri address, string reason);

    [LoggerMessage(7017, LogLevel.Information, "Process with the role {Role} at {Address} answers again")]
    public static partial void PeerBack(this ILogger logger, string role, Uri address);

    [LoggerMessage(7018, LogLevel.Debug, "Verdict of the process with the role reconcile could not be read: {Reason}")]
    public static partial void PeerVerdictUnread(this ILogger logger, string reason);

    [LoggerMessage(7019, LogLevel.Warning, "Memory of Redis fills: {Words}")]
    public static partial void MemoryFills(this ILogger logger, string words);

    [LoggerMessage(7021, LogLevel.Warning, "Primary of Redis writes without its replicas: {Words}")]
    public static partial void PrimaryWritesAlone(this ILogger logger, string words);

    [LoggerMessage(7020, LogLevel.Warning, "Live numbers could not be read")]
    public static partial void SampleFailed(this ILogger logger, Exception exception);
}
