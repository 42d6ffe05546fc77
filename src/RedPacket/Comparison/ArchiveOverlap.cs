using System.Globalization;

namespace RedPacket.Comparison;

/// <summary>
/// The closed packets that a pass has counted as they stood in Redis. Some may be archived before the pass ends, and are then among the ledger's sums too:
/// these are taken out again, so that each packet counts once, wherever it was met.
/// </summary>
/// <param name="startedMs">When the pass began, by this machine's clock.</param>
internal sealed class ArchiveOverlap(long startedMs)
{
    private const int PerPage = 500;

    // The archiving process may have another clock; looking further back costs nothing but names.
    private const long ClocksDifferByMs = 600_000;

    // The random half of a packet's id is name enough, and 8 bytes instead of 100.
    private readonly Dictionary<ulong, bool> _emptied = [];

    public void Note(PacketComparison packet)
    {
        if (!packet.Archived && packet.Stored is { IsOpen: false } stored)
            _emptied[NameOf(packet.PacketId)] = stored.IsEmptied;
    }

    /// <summary>Adds the shard's archived packets, less those that were counted already. To be called when everything has been read.</summary>
    public async Task AddArchived(ComparisonTally findings, int shard, LedgerReader ledger, CancellationToken cancellation)
    {
        var (sums, since) = await ledger.ArchivedSince(shard, startedMs - ClocksDifferByMs, cancellation);
        if (sums is not null)
            findings.AddArchived(sums);
        foreach (var page in since.Where(id => _emptied.ContainsKey(NameOf(id))).Chunk(PerPage))
        {
            foreach (var packet in await ledger.Packets(page, cancellation))
                findings.RemoveArchived(packet, _emptied[NameOf(packet.PacketId)]);
        }
    }

    private static ulong NameOf(string packetId) => ulong.Parse(packetId.AsSpan(packetId.Length - 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
