using System.Globalization;

namespace RedPacket.Comparison;

/// <summary>
/// The closed packets that a scan has counted from Redis. Some may be archived before the scan ends, and the ledger's
/// sums then count them too. These are subtracted again, so that each packet counts once.
/// </summary>
/// <param name="startedMs">When the scan began, by this machine's clock.</param>
internal sealed class ArchiveOverlap(long startedMs)
{
    private const int PerPage = 500;

    // The process that archives may have another clock. Looking further back only costs memory for names.
    private const long ClocksDifferByMs = 600_000;

    // The random half of a packet's id identifies it in 8 bytes instead of 100.
    private readonly Dictionary<ulong, bool> _emptied = [];

    public void Note(PacketComparison packet)
    {
        if (!packet.Archived && packet.Stored is { IsOpen: false } stored)
            _emptied[NameOf(packet.PacketId)] = stored.IsEmptied;
    }

    /// <summary>
    /// Adds the shard's archived packets, without those that were counted from Redis. For the end of a scan.
    /// </summary>
    public async Task AddArchived(ComparisonTally tally, int shard, LedgerReader ledger, CancellationToken cancellation)
    {
        var (sums, since) = await ledger.ArchivedSince(shard, startedMs - ClocksDifferByMs, cancellation);
        if (sums is not null)
            tally.AddArchived(sums);
        foreach (var page in since.Where(id => _emptied.ContainsKey(NameOf(id))).Chunk(PerPage))
        {
            foreach (var packet in await ledger.Packets(page, cancellation))
                tally.RemoveArchived(packet, _emptied[NameOf(packet.PacketId)]);
        }
    }

    private static ulong NameOf(string packetId) =>
        ulong.Parse(packetId.AsSpan(packetId.Length - 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
