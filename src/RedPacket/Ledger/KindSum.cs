using Microsoft.EntityFrameworkCore;
using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>
/// The transfers of one kind of a packet: how many, their fen, their <see cref="Messages.Checksum"/>, and how many accounts they credit.
/// </summary>
internal sealed record KindSum(long Rows, long Fen, long Checksum, long Users)
{
    public static readonly KindSum None = new(0, 0, 0, 0);

    /// <summary>The sums of these packets by number and kind. A kind without transfers is left out, and so are adjustments.</summary>
    public static async Task<Dictionary<(long Packet, EntryKind Kind), KindSum>> Read(
        LedgerDbContext db, long[] packets, CancellationToken cancellation)
    {
        // The solution checks arithmetic, and no database has checked operators. Here the database adds, and an overflow is its error.
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
            };
        return await query.ToDictionaryAsync(
            row => (row.Key.Packet, row.Key.Kind), row => new KindSum(row.Count, row.Fen, row.Checksum, row.Users), cancellation);
    }
}
