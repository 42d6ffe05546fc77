namespace RedPacket.Grabs;

internal static partial class GrabsLog
{
    [LoggerMessage(2001, LogLevel.Error, "Grab of packet {PacketId} was refused because its record or its shares are damaged")]
    public static partial void PacketDamaged(this ILogger logger, string packetId);
}
