using System.Text.Json;

namespace RedPacket.Packets.Views;

/// <summary>A watched packet as it was after an event. The viewers who begin there share one text.</summary>
/// <param name="Grabs">The newest shares, by ordinal.</param>
/// <param name="Last">The event after which the others follow.</param>
internal sealed record PacketMoment(PacketAnswer Packet, IReadOnlyList<GrabAnswer> Grabs, PacketEvent Last)
{
    private readonly Lazy<string> _text = new(() => TextOf(Packet, Grabs));

    /// <summary>The whole packet.</summary>
    public string Text => _text.Value;

    /// <summary>The first share that the ledger does not have yet, as far as it was asked; null when it has all.</summary>
    public GrabAnswer? FirstPending => Grabs.FirstOrDefault(grab => grab.Settled != true);

    /// <summary>True when nothing will change any more. A packet that is due has its rest until it is closed.</summary>
    public bool IsFinal => Packet.LeftFen == 0 && FirstPending is null;

    /// <summary>The text of a packet with these shares.</summary>
    public static string TextOf(PacketAnswer packet, IReadOnlyList<GrabAnswer> grabs) =>
        JsonSerializer.Serialize(packet with { Grabs = grabs }, PacketAnswersJson.Readable.PacketAnswer);
}
