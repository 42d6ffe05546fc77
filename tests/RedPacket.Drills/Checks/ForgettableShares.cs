using System.Collections.Concurrent;

namespace RedPacket.Drills.Checks;

/// <summary>
/// The confirmed shares and packets that Redis may have forgotten. A drill that damages Redis marks everything
/// confirmed so far. Later answers about a marked share may differ. <see cref="ShareComparison"/> decides whether the
/// share is really gone. Without damage, no answer may change.
/// </summary>
internal sealed class ForgettableShares
{
    private readonly ConcurrentDictionary<HeldShare, bool> _shares = new();
    private readonly ConcurrentDictionary<string, bool> _packets = new();
    private readonly ConcurrentDictionary<HeldShare, string> _changedShares = new();
    private readonly ConcurrentDictionary<string, string> _changedPackets = new();

    /// <summary>Confirmed shares with a different answer after the damage, and that answer.</summary>
    public IReadOnlyDictionary<HeldShare, string> ChangedShares => _changedShares;

    /// <summary>Confirmed packets with a different answer after the damage, and that answer.</summary>
    public IReadOnlyDictionary<string, string> ChangedPackets => _changedPackets;

    /// <summary>Marks everything confirmed so far. Call it while the gate is shut and nothing is answered.</summary>
    /// <param name="isDamaged">The packets that the damage may reach; null means all.</param>
    public void MarkAll(LoadRecord record, Func<string, bool>? isDamaged = null)
    {
        foreach (var (share, _) in record.Won.Values.Where(won => isDamaged?.Invoke(won.Share.PacketId) ?? true))
            _shares[share] = true;
        foreach (var packetId in record.PacketIds.Where(packetId => isDamaged?.Invoke(packetId) ?? true))
            _packets[packetId] = true;
    }

    /// <summary>Notes a different answer about a share. False when the share was not marked.</summary>
    public bool TryForget(HeldShare share, string answer)
    {
        if (!_shares.ContainsKey(share))
            return false;
        _changedShares[share] = answer;
        return true;
    }

    /// <summary>
    /// Notes that a packet is unknown, or that its key made another one. False when the packet was not marked.
    /// </summary>
    public bool TryForgetPacket(string packetId, string answer)
    {
        if (!_packets.ContainsKey(packetId))
            return false;
        _changedPackets[packetId] = answer;
        return true;
    }
}
