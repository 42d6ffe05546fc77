
namespace RedPacket.Grabs;

internal static partial class GrabsLog
{
    [LoggerMessage(2001, LogLevel.Error, "Packet {PacketId} could not be dealt from: its record or its shares are damaged; nothing was changed")]
    public static partial void PacketDamaged(this ILogger logger, string packetId);
}
