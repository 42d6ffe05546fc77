using System.Text;

namespace RedPacket.LoadTest.Traffic;

/// <summary>The packets of a run by number. Sends add them, and grabs and the comparison read them.</summary>
/// <param name="warmup">The last so many packets are for the warm-up.</param>
internal sealed class PacketIds(int count, int shares, long amountFen, int warmup = 0)
{
    private readonly byte[]?[] _ids = new byte[count][];
    private readonly Dictionary<string, int> _byId = [];

    /// <summary>How many packets the run needs.</summary>
    public int Count => count;

    /// <summary>How many packets exist.</summary>
    public int Made => _byId.Count;

    /// <summary>Shares of each packet.</summary>
    public int Shares => shares;

    /// <summary>Fen of each packet.</summary>
    public long AmountFen => amountFen;

    /// <summary>A packet of the measured part, not of the warm-up.</summary>
    public bool IsMeasured(int packet) => packet < count - warmup;

    /// <summary>The id of a packet that exists.</summary>
    public ReadOnlySpan<byte> Id(int packet) => _ids[packet];

    /// <summary>A packet's id as text; null when it does not exist.</summary>
    public string? IdText(int packet) => _ids[packet] is { } id ? Encoding.ASCII.GetString(id) : null;

    /// <summary>The number of a packet; -1 for an unknown one.</summary>
    public int Find(string id) => _byId.GetValueOrDefault(id, -1);

    /// <summary>Adds a packet. Returns false when another packet has this id.</summary>
    public bool Add(int packet, string id)
    {
        if (!_byId.TryAdd(id, packet))
            return _byId[id] == packet;
        _ids[packet] = Encoding.ASCII.GetBytes(id);
        return true;
    }
}
