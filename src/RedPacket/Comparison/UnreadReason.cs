using System.Globalization;

namespace RedPacket.Comparison;

/// <summary>Why a side could not be read, in one line.</summary>
internal static class UnreadReason
{
    public static string Redis(Exception exception) => $"Redis could not be read: {exception.Message}";

    public static string Ledger(Exception exception) =>
        $"The ledger could not be read: {(exception.InnerException ?? exception).Message}";

    public static string GateShut(int shard) =>
        $"The gate of shard {shard} is shut: it opens when Redis and the ledger agree on a run.";

    public static string Walked(int shard, long packets, long of) => string.Create(CultureInfo.InvariantCulture,
        $"The packets of shard {shard} are being compared with the ledger: {packets} of {of} so far.");

    public static string GateWasShut(int shard) =>
        $"The gate of shard {shard} was shut while the shard was read. Ask again.";
}
