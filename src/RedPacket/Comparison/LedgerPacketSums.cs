using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>One packet as the ledger has it: sums over its rows, and what its account says, at one moment.</summary>
internal sealed record LedgerPacketSums(string PacketId)
{
    /// <summary>For packets that the ledger does not know.</summary>
    public static LedgerPacketSums Unknown(string packetId) => new(packetId);

    /// <summary>When it was marked as archived; from then on its rows count by the sums of its shard.</summary>
    public long? ArchivedAt { get; init; }
    public KindSum Fund { get; init; } = KindSum.None;
    public KindSum Grabs { get; init; } = KindSum.None;
    public KindSum Refund { get; init; } = KindSum.None;

    /// <summary>Null when there is no such account: right as long as there are no rows.</summary>
    public AccountTotals? Escrow { get; init; }

    /// <summary>True when the ledger has rows of it.</summary>
    public bool HasRows => Fund.Rows + Grabs.Rows + Refund.Rows > 0;

    /// <summary>The escrow account against the rows; null when they agree.</summary>
    public AccountDifference? EscrowDifference()
    {
        var (debits, credits) = Escrow is null ? (0, 0) : (Escrow.Debits, Escrow.Credits);
        var paid = Grabs.Fen + Refund.Fen;
        return debits == paid && credits == Fund.Fen ? null : new AccountDifference(AccountCode.Packet(PacketId), debits, credits, paid, Fund.Fen);
    }

    public bool HasFundOf(StoredPacket stored) => Fund.Rows == 1 && Fund.Fen == stored.AmountFen;

    public bool HasRefundsOf(StoredPacket stored) => Refund == (stored.RefundFen > 0
        ? new KindSum(stored.Refunds.Count(fen => fen > 0), stored.RefundFen, RefundChecksum(stored), 1)
        : KindSum.None);

    private static long RefundChecksum(StoredPacket stored) => stored.Refunds.Select((fen, ordinal) => Checksum.Of(stored.SenderId, ordinal, fen)).Sum();

    /// <summary>True when everything the packet has granted, taken and given back stands here, to the same users, and nothing else does.</summary>
    public bool Agrees(StoredPacket stored) => HasFundOf(stored) && HasRefundsOf(stored)
        && Grabs.Rows == stored.Next - 1 && Grabs.Fen == stored.GrantedFen && Grabs.Checksum == stored.Sum && Grabs.Users == Grabs.Rows;
}

/// <summary>An account's stored totals.</summary>
internal sealed record AccountTotals(long Debits, long Credits);

/// <summary>One row of a packet in the ledger. <paramref name="UserId"/>: whom it credits; empty for a fund.</summary>
internal sealed record LedgerEntry(int Ordinal, string UserId, long AmountFen, long GrantedAt, long TransferId, long Recording);

/// <summary>A packet's fund in the ledger, with the text of its terms.</summary>
internal sealed record LedgerFund(long AmountFen, long GrantedAt, string Terms);

/// <summary>One parked entry of a packet. <paramref name="Resolved"/>: it waits no longer, its user has been given the share otherwise.</summary>
internal sealed record ParkedClaim(int Ordinal, long ParkedAt, string Reason, string Payload, bool Resolved);
