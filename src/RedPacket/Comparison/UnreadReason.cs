namespace RedPacket.Comparison;

/// <summary>Why a side could not be read, in one line.</summary>
internal static class UnreadReason
{
    public static string Redis(Exception exception) => $"Redis could not be read: {exception.Message}";

    public static string Ledger(Exception exception) => $"The ledger could not be read: {(exception.InnerException ?? exception).Message}";

    public static string GateShut(int shard) => $"The gate of shard {shard} is shut: its packets are being compared with the ledger.";

    public static string GateWasShut(int shard) => $"The gate of shard {shard} was shut while the shard was read. Ask again.";
}
