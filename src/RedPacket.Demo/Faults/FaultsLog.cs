namespace RedPacket.Demo.Faults;

internal static partial class FaultsLog
{
    [LoggerMessage(8001, LogLevel.Warning, "Fault {Fault} began for at most {Seconds:0.#} s")]
    public static partial void FaultBegan(this ILogger logger, string fault, double seconds);

    [LoggerMessage(8002, LogLevel.Warning, "Fault {Fault} ended after {Seconds:0.0} s")]
    public static partial void FaultEnded(this ILogger logger, string fault, double seconds);

    [LoggerMessage(8003, LogLevel.Warning, "Fault entry-lost removed entry {Entry} of shard {Shard} from the outbox")]
    public static partial void EntryRemoved(this ILogger logger, int shard, string entry);

    [LoggerMessage(8004, LogLevel.Error, "Process could not restart in its place and continues (error {Error})")]
    public static partial void RestartFailed(this ILogger logger, int error);
}
