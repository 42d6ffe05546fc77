using System.Collections.Concurrent;

namespace RedPacket.Drills;

/// <summary>
/// What a client may find forgotten. When a drill damages Redis on purpose, everything told up to that moment may be answered otherwise from then on;
/// what is told after it may not. Whether nobody knows it any more is for the comparison to say. Without damage there is no doubt.
/// </summary>
internal sealed class ForgettableShares
{
    private readonly ConcurrentDictionary<HeldShare, bool> _doubtful = new();
    private readonly ConcurrentDictionary<string, bool> _doubtfulPackets = new();
    private readonly ConcurrentDictionary<HeldShare, string> _shares = new();
    private readonly ConcurrentDictionary<string, string> _packets = new();

    /// <summary>Shares that were told, and what the same user was answered when asking again after the damage.</summary>
    public IReadOnlyDictionary<HeldShare, string> Shares => _shares;

    /// <summary>Packets that were told, and what was answered about them after the damage.</summary>
    public IReadOnlyDictionary<string, string> Packets => _packets;

    /// <summary>Redis was damaged: all that was told up to now is in doubt. To be called while the gate is closed, when nothing is answered.</summary>
    public void Raise(LoadRecord record)
    {
        foreach (var (share, _) in record.Won.Values)
            _doubtful[share] = true;
        foreach (var packetId in record.PacketIds)
            _doubtfulPackets[packetId] = true;
    }

    /// <summary>A share was answered otherwise: true where it was in doubt.</summary>
    public bool Resolve(HeldShare share, string answer)
    {
        if (!_doubtful.ContainsKey(share))
            return false;
        _shares[share] = answer;
        return true;
    }

    /// <summary>A packet is unknown, or its key made another one: true where it was in doubt.</summary>
    public bool ResolvePacket(string packetId, string answer)
    {
        if (!_doubtfulPackets.ContainsKey(packetId))
            return false;
        _packets[packetId] = answer;
        return true;
    }
}
