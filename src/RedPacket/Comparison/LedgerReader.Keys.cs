using Microsoft.EntityFrameworkCore;
using RedPacket.Messages;

namespace RedPacket.Comparison;

/// <summary>Its questions about Idempotency-Keys.</summary>
internal sealed partial class LedgerReader
{
    /// <summary>
    /// The funds of packets that are not archived, whose Idempotency-Key had made another packet while it was valid.
    /// </summary>
    public async Task<List<Difference>> RepeatedKeys(int take, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var query =
            from packet in db.Packets
            where packet.Repeats != null && packet.ArchivedAt == null
            join transfer in db.Transfers on packet.Number equals transfer.Packet
            where transfer.Kind == EntryKind.Fund
            orderby packet.Number
            select new { packet.PacketId, transfer.AmountFen, transfer.GrantedAt };
        var rows = await query.Take(take).ToListAsync(cancellation);
        return rows.ConvertAll(row => new Difference(
            DifferenceKind.Duplicate, EntryName.Of(EntryKind.Fund), row.PacketId, null, 0, row.AmountFen, row.AmountFen,
            EntryState.Time(row.GrantedAt)));
    }
}
