namespace RedPacket.Packets;

/// <summary>The kinds of packets, as callers name them.</summary>
internal static class PacketKind
{
    /// <summary>Shares of different size.</summary>
    public const string Lucky = "lucky";

    /// <summary>Shares of one size.</summary>
    public const string Equal = "equal";
}
