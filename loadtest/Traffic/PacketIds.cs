using System.Text;

namespace RedPacket.LoadTest.Traffic;

/// <summary>The packets of a run, by number: filled by the sends, read by the grabs and by those who compare.</summary>
internal sealed class PacketIds(int count, int shares, long amountFen)
{
    private readonly byte[]?[] _ids = new byte[count][];
    private readonly Dictionary<string, int> _byId = [];

    /// <summary>How many there are to be.</summary>
    public int Count => count;

    /// <summary>How many have been made.</summary>
    public int Made => _byId.Count;

    /// <summary>Shares of each.</summary>
    public int Shares => shares;

    /// <summary>Fen of each.</summary>
    public long AmountFen => amountFen;

    /// <summary>The id of a packet that has been made.</summary>
    public ReadOnlySpan<byte> Id(int packet) => _ids[packet];

    /// <summary>The same as text; null for one that was not made.</summary>
    public string? IdText(int packet) => _ids[packet] is { } id ? Encoding.ASCII.GetString(id) : null;

    /// <summary>The number of a packet; -1 for one that is none of ours.</summary>
    public int Find(string id) => _byId.GetValueOrDefault(id, -1);

    /// <summary>A packet was made. False when this id was given to another one.</summary>
    public bool Add(int packet, string id)
    {
        if (!_byId.TryAdd(id, packet))
            return _byId[id] == packet;
        _ids[packet] = Encoding.ASCII.GetBytes(id);
        return true;
    }
}
