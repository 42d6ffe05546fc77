using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;

namespace RedPacket.Packets;

/// <summary>
/// The state of a packet on both sides that decides whether it may be archived, as far as it is cheap to read. While
/// none of it changes, the sums over the packet's rows do not change: each row adds to a total of the packet's account.
/// </summary>
/// <param name="Number">The ledger's number of the packet; 0 when it has none.</param>
/// <param name="HasParked">Entries of it wait as parked.</param>
/// <param name="State">As Redis has it; null for no record, or one that cannot be read. So are the next four.</param>
internal readonly record struct ArchiveState(
    long Number, long? ArchivedAt, long Debits, long Credits, bool HasParked, string? State, int Next, long LeftFen, long Sum,
    long RefundFen)
{
    /// <summary>The ledger has marked it as archived.</summary>
    public bool IsMarked => ArchivedAt is not null;

    /// <summary>It may be archived if the sums over its rows are equal.</summary>
    public bool MayGo => Number > 0 && !IsMarked && !HasParked && State is PacketState.Emptied or PacketState.Expired;

    /// <summary>Of packets of one shard, in their order. <paramref name="stored"/>: each as Redis has it.</summary>
    public static async Task<ArchiveState[]> Read(
        LedgerDbContext db, string[] ids, StoredPacket?[] stored, CancellationToken cancellation)
    {
        string[] codes = [.. ids.Select(AccountCode.Packet)];
        var rows = await db.Packets.Where(packet => EF.Parameter(ids).Contains(packet.PacketId)).Select(packet => new
        {
            packet.PacketId,
            packet.Number,
            packet.ArchivedAt,
            HasParked = db.Parked.Any(parked => parked.ResolvedAt == null && parked.PacketId == packet.PacketId),
        }).ToDictionaryAsync(packet => packet.PacketId, StringComparer.Ordinal, cancellation);
        var totals = await db.Accounts.Where(account => EF.Parameter(codes).Contains(account.Code))
            .Select(account => new { account.Code, account.Debits, account.Credits })
            .ToDictionaryAsync(account => account.Code, StringComparer.Ordinal, cancellation);
        return [.. ids.Select((id, i) =>
        {
            var (row, account, packet) = (rows.GetValueOrDefault(id), totals.GetValueOrDefault(codes[i]), stored[i]);
            return new ArchiveState(row?.Number ?? 0, row?.ArchivedAt, account?.Debits ?? 0, account?.Credits ?? 0, row?.HasParked == true,
                packet?.State, packet?.Next ?? 0, packet?.LeftFen ?? 0, packet?.Sum ?? 0, packet?.RefundFen ?? 0);
        })];
    }
}
