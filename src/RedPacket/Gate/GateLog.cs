namespace RedPacket.Gate;

internal static partial class GateLog
{
    [LoggerMessage(6901, LogLevel.Information, "Gate of shard {Shard} opened after {Seconds:F3} s, lanes drained: {Drained}")]
    public static partial void GateOpened(this ILogger logger, int shard, double seconds, bool drained);

    [LoggerMessage(6909, LogLevel.Information, "Packets of shard {Shard} were compared with the ledger after {Seconds:F3} s: "
        + "{Packets} packets compared, {Rebuilt} rebuilt, {Claims} claims written, {PutBack} entries put back")]
    public static partial void ShardWalked(
        this ILogger logger, int shard, int packets, int rebuilt, int claims, int putBack, double seconds);

    [LoggerMessage(6910, LogLevel.Error, "Gate of shard {Shard} was opened on another Redis server meanwhile, so two servers take "
        + "themselves for its primary, and the next opening waits {Seconds:F0} s")]
    public static partial void TwoPrimaries(this ILogger logger, int shard, double seconds);

    [LoggerMessage(6902, LogLevel.Warning, "Gate stayed shut and will be tried again: {Reason}")]
    public static partial void GateStaysShut(this ILogger logger, string reason);

    [LoggerMessage(6903, LogLevel.Error, "Packet {PacketId} was not rebuilt: neither Redis nor the ledger has terms that yield its shares")]
    public static partial void PacketNotRebuilt(this ILogger logger, string packetId);

    [LoggerMessage(6905, LogLevel.Error, "Packet {PacketId} grants no more shares: Packets:SplitKeys lacks the key of its split")]
    public static partial void SharesUnknown(this ILogger logger, string packetId);

    [LoggerMessage(6904, LogLevel.Error,
        "Packet {PacketId} was not rebuilt: {AmountFen} fen funded are less than {GrantedFen} granted and {RefundedFen} refunded")]
    public static partial void PacketContradicts(this ILogger logger, string packetId, long amountFen, long grantedFen, long refundedFen);

    [LoggerMessage(6907, LogLevel.Information, "Shards in force: {Shards}")]
    public static partial void ShardsInForce(this ILogger logger, int shards);

    [LoggerMessage(6908, LogLevel.Warning, "House has not all its shards in force and will try again: {Reason}")]
    public static partial void ShardsWait(this ILogger logger, string reason);

    [LoggerMessage(6911, LogLevel.Error,
        "Ledger went back: it lacks transaction {Number} of writer {Writer}, on whose word Redis let entries of shard {Shard} go")]
    public static partial void LedgerWentBack(this ILogger logger, int shard, long number, string writer);

    [LoggerMessage(6906, LogLevel.Debug, "Shards of the ledger were not added to the set of shards: {Reason}")]
    public static partial void ShardsNotRestored(this ILogger logger, string reason);
}
