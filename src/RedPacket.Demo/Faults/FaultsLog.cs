
namespace RedPacket.Demo.Faults;

internal static partial class FaultsLog
{
    [LoggerMessage(8001, LogLevel.Warning, "Fault {Fault} began, for at most {Seconds:0.#} s")]
    public static partial void FaultBegan(this ILogger logger, string fault, double seconds);

    [LoggerMessage(8002, LogLevel.Warning, "Fault {Fault} ended after {Seconds:0.0} s")]
    public static partial void FaultEnded(this ILogger logger, string fault, double seconds);

    [LoggerMessage(8003, LogLevel.Warning, "Entry {Entry} of shard {Shard} was taken from the outbox: nobody but its packet knows of it")]
    public static partial void EntryTaken(this ILogger logger, int shard, string entry);

    [LoggerMessage(8004, LogLevel.Error, "This process could not start itself again in its place (error {Error}), so it goes on")]
    public static partial void NotReborn(this ILogger logger, int error);
}
