using Microsoft.EntityFrameworkCore;
using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>
/// The transfers of one kind of a packet: how many, their fen, their <see cref="Messages.Checksum"/>, how many accounts
/// they credit, and the highest ordinal.
/// </summary>
internal sealed record KindSum(long Rows, long Fen, long Checksum, long Users, long Highest)
{
    public static readonly KindSum None = new(0, 0, 0, 0, 0);

    /// <summary>True when the ordinals of these grabs are not simply 1, 2, 3, …</summary>
    public bool HasGaps => Rows != Highest;

    /// <summary>
    /// The sums of these packets by number and kind. A kind without transfers is left out, and so are adjustments.
    /// </summary>
    public static async Task<Dictionary<(long Packet, EntryKind Kind), KindSum>> Read(
        LedgerDbContext db, long[] packets, CancellationToken cancellation)
    {
        // The solution checks arithmetic, and no database has checked operators. Here the database adds, and an
        // overflow is its error.
        var query =
            from transfer in db.Transfers
            where EF.Parameter(packets).Contains(transfer.Packet) && transfer.Kind != EntryKind.Adjust
            join account in db.Accounts on transfer.CreditAccount equals account.Id
            group new { transfer, account } by new { transfer.Packet, transfer.Kind } into rows
            select new
            {
                rows.Key,
                Count = rows.LongCount(),
                Fen = rows.Sum(row => row.transfer.AmountFen),
                Checksum = rows.Sum(row => unchecked((row.account.Check + row.transfer.Ordinal) * row.transfer.AmountFen)),
                Users = rows.Select(row => row.transfer.CreditAccount).Distinct().LongCount(),
                Highest = rows.Max(row => row.transfer.Ordinal),
            };
        return await query.ToDictionaryAsync(
            row => (row.Key.Packet, row.Key.Kind), row => new KindSum(row.Count, row.Fen, row.Checksum, row.Users, row.Highest),
            cancellation);
    }

    /// <summary>
    /// The gaps between the grabs of these packets, by packet and ascending: no grab has an ordinal after the first and
    /// before the second.
    /// </summary>
    public static async Task<ILookup<long, OrdinalGap>> Gaps(LedgerDbContext db, long[] packets,
        CancellationToken cancellation)
    {
        if (packets.Length == 0)
            return Enumerable.Empty<OrdinalGap>().ToLookup(_ => 0L);
        var query =
            from grab in db.Transfers
            where EF.Parameter(packets).Contains(grab.Packet) && grab.Kind == EntryKind.Grab
            let before = db.Transfers
                .Where(t => t.Packet == grab.Packet && t.Kind == EntryKind.Grab && t.Ordinal < grab.Ordinal).Max(t => (long?)t.Ordinal) ?? 0
            where before < unchecked(grab.Ordinal - 1)
            orderby grab.Packet, grab.Ordinal
            select new { grab.Packet, After = before, Before = grab.Ordinal };
        var rows = await query.ToListAsync(cancellation);
        return rows.ToLookup(row => row.Packet, row => new OrdinalGap(row.After, row.Before));
    }
}

/// <summary>Ordinals that no transfer has: those after the one and before the other.</summary>
internal readonly record struct OrdinalGap(long After, long Before);
