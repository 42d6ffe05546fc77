
namespace RedPacket.Gate;

internal static partial class GateLog
{
    [LoggerMessage(6901, LogLevel.Information,
        "Gate of shard {Shard} opened: {Packets} packets compared, {Mended} mended, {Claims} claims written, {PutBack} entries put back, {Seconds:F3} s, lanes drained: {Drained}")]
    public static partial void GateOpened(this ILogger logger, int shard, int packets, int mended, int claims, int putBack, double seconds, bool drained);

    [LoggerMessage(6902, LogLevel.Warning, "A gate stays closed and is tried again: {Reason}")]
    public static partial void GateStaysClosed(this ILogger logger, string reason);

    [LoggerMessage(6903, LogLevel.Error, "Packet {PacketId} is left as it is: neither Redis nor the ledger has terms from which it could be rebuilt")]
    public static partial void PacketNotRebuilt(this ILogger logger, string packetId);

    [LoggerMessage(6904, LogLevel.Error, "Packet {PacketId} was left as it is: {AmountFen} fen funded are less than {GrantedFen} granted and {RefundedFen} refunded")]
    public static partial void PacketContradicts(this ILogger logger, string packetId, long amountFen, long grantedFen, long refundedFen);
}
