using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>
/// One packet as the ledger has it: sums over its rows, and the totals of its account, read at one moment.
/// </summary>
internal sealed record LedgerPacketSums(string PacketId)
{
    /// <summary>For packets that the ledger does not have.</summary>
    public static LedgerPacketSums Unknown(string packetId) => new(packetId);

    /// <summary>When it was marked as archived. From then on its rows count in the sums of its shard.</summary>
    public long? ArchivedAt { get; init; }
    public KindSum Fund { get; init; } = KindSum.None;
    public KindSum Grabs { get; init; } = KindSum.None;
    public KindSum Refund { get; init; } = KindSum.None;

    /// <summary>Between the grabs, ascending. Chunks may be recorded in another order than they were granted.</summary>
    public IEnumerable<OrdinalGap> Gaps { get; init; } = [];

    /// <summary>Null without such an account, which is right while there are no rows.</summary>
    public AccountTotals? Escrow { get; init; }

    /// <summary>True when the ledger has rows of the packet.</summary>
    public bool HasRows => Fund.Rows + Grabs.Rows + Refund.Rows > 0;

    /// <summary>The escrow account against the rows; null when they agree.</summary>
    public AccountDifference? EscrowDifference()
    {
        var (debits, credits) = Escrow is null ? (0, 0) : (Escrow.Debits, Escrow.Credits);
        var paid = Grabs.Fen + Refund.Fen;
        return debits == paid && credits == Fund.Fen
            ? null
            : new AccountDifference(AccountCode.Packet(PacketId), debits, credits, paid, Fund.Fen);
    }

    public bool HasFundOf(StoredPacket stored) => Fund.Rows == 1 && Fund.Fen == stored.AmountFen;

    public bool HasRefundsOf(StoredPacket stored) => Refund == (stored.RefundFen > 0
        ? new KindSum(stored.Refunds.Count(fen => fen > 0), stored.RefundFen, RefundChecksum(stored), 1, stored.Refunds.Count - 1)
        : KindSum.None);

    private static long RefundChecksum(StoredPacket stored) =>
        stored.Refunds.Select((fen, ordinal) => Checksum.Of(stored.SenderId, ordinal, fen)).Sum();

    /// <summary>
    /// True when the ledger has exactly what the packet was funded with, granted and refunded, for the same users.
    /// </summary>
    public bool Agrees(StoredPacket stored) => HasFundOf(stored) && HasRefundsOf(stored)
        && Grabs.Rows == stored.Next - 1 && Grabs.Fen == stored.GrantedFen && Grabs.Checksum == stored.Sum && Grabs.Users == Grabs.Rows;

    /// <summary>
    /// The packet's entries that these sums do not have: fund, refunds, and grabs by ordinal. Where a rebuild left a
    /// hole it has no claim.
    /// </summary>
    public IEnumerable<PacketEntry> Lacked(StoredPacket stored)
    {
        if (ArchivedAt is not null)
            yield break;
        if (Fund.Rows == 0)
            yield return new PacketEntry(stored, EntryKind.Fund, 0);
        for (var ordinal = 0; Refund.Rows == 0 && ordinal < stored.Refunds.Count; ordinal++)
            yield return new PacketEntry(stored, EntryKind.Refund, ordinal);
        foreach (var gap in Gaps.Append(new OrdinalGap(Grabs.Highest, stored.Next)))
        {
            for (var ordinal = gap.After + 1; ordinal < Math.Min(gap.Before, stored.Next); ordinal++)
                yield return new PacketEntry(stored, EntryKind.Grab, (int)ordinal);
        }
    }

    /// <summary>True when these sums and the entries that they lack are together exactly the packet.</summary>
    /// <param name="lacked">The grabs among <see cref="Lacked"/>: how many ordinals, and the sums of their
    /// claims.</param>
    public bool Agrees(StoredPacket stored, (long Ordinals, long Fen, long Checksum) lacked) =>
        (Fund.Rows == 0 || HasFundOf(stored)) && (Refund.Rows == 0 || HasRefundsOf(stored)) && Grabs.Users == Grabs.Rows
        && Grabs.Rows + lacked.Ordinals == stored.Next - 1 && Grabs.Fen + lacked.Fen == stored.GrantedFen
        && unchecked(Grabs.Checksum + lacked.Checksum) == stored.Sum;
}

/// <summary>One entry of a packet, by its identity. <paramref name="Packet"/>: as it was read.</summary>
internal sealed record PacketEntry(StoredPacket Packet, EntryKind Kind, int Ordinal)
{
    /// <summary>
    /// The entry's line; null when the packet has none, or has it damaged. <paramref name="claim"/>: of a grab.
    /// </summary>
    public string? Line(StoredClaim? claim) => Kind switch
    {
        EntryKind.Fund => Packet.FundLine,
        EntryKind.Refund => Packet.RefundLine(Ordinal),
        _ => claim?.Line(Packet.PacketId),
    };
}

/// <summary>An account's stored totals.</summary>
internal sealed record AccountTotals(long Debits, long Credits);

/// <summary>
/// One row of a packet in the ledger. <paramref name="UserId"/>: the user whom it credits; empty for a fund.
/// </summary>
internal sealed record LedgerEntry(int Ordinal, string UserId, long AmountFen, long GrantedAt, long TransferId, long Recording);

/// <summary>A packet's fund in the ledger, with the text of its terms.</summary>
internal sealed record LedgerFund(long AmountFen, long GrantedAt, string Terms);

/// <summary>
/// One parked entry of a packet. <paramref name="Resolved"/>: it waits no longer, because its user got the share in
/// another way.
/// </summary>
internal sealed record ParkedClaim(int Ordinal, long ParkedAt, string Reason, string Payload, bool Resolved);
