using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>The amount, time and terms with which a packet was created.</summary>
internal sealed record PacketOrigin(long AmountFen, long CreatedAt, string Terms, PacketTerms Parsed);

/// <summary>The sums of a packet's claims, as both sides have them together.</summary>
internal sealed class ClaimSums
{
    public long Fen { get; private set; }

    public long Checksum { get; private set; }

    public long LatestAt { get; private set; }

    /// <summary>The largest of them; null without claims.</summary>
    public BestShare? Best { get; private set; }

    public void Add(int ordinal, string userId, long amountFen, long grantedAt)
    {
        Fen += amountFen;
        Checksum += Messages.Checksum.Of(userId, ordinal, amountFen);
        LatestAt = Math.Max(LatestAt, grantedAt);
        Best = BestShare.Of(Best, new BestShare(amountFen, ordinal, userId));
    }
}

/// <summary>
/// A packet's record as it must be, computed from its origin, its claims and its refunds. Does no I/O.
/// </summary>
internal sealed class RebuiltPacket(StoredPacket packet)
{
    /// <summary>The packet after the rebuild.</summary>
    public StoredPacket Packet => packet;

    /// <summary>Its fields in Redis, claims aside.</summary>
    public IEnumerable<(string, string)> Fields
    {
        get
        {
            yield return (PacketFields.Terms, packet.Terms);
            yield return (PacketFields.Sender, packet.SenderId);
            yield return (PacketFields.Amount, Text(packet.AmountFen));
            yield return (PacketFields.Count, Text(packet.Count));
            yield return (PacketFields.Created, Text(packet.CreatedAt));
            yield return (PacketFields.Expiry, Text(packet.ExpiresAt));
            yield return (PacketFields.State, packet.State);
            yield return (PacketFields.Next, Text(packet.Next));
            yield return (PacketFields.Left, Text(packet.LeftFen));
            yield return (PacketFields.Refund, Text(packet.RefundFen));
            yield return (PacketFields.Sum, Text(packet.Sum));
            if (packet.Best is { } best)
                yield return (PacketFields.Best, best.ToString());
            if (packet.ClosedAt is { } closed)
                yield return (PacketFields.Closed, Text(closed));
            if (packet.Refunds.Count > 1)
                yield return (PacketFields.Refunds, string.Join(' ', packet.Refunds.Select(Text)));
        }
    }

    /// <summary>Its score among the live packets: the time of expiry, or minus the time of closing.</summary>
    public string Score => Text(packet.ClosedAt is { } closedAt ? -closedAt : packet.ExpiresAt);

    /// <summary>
    /// Computes the record. Its left fen are negative when claims and refunds exceed the amount: then nothing must be
    /// written.
    /// </summary>
    /// <param name="stored">The packet as Redis has it, or null.</param>
    /// <param name="last">The highest ordinal that either side has.</param>
    /// <param name="refunded">The refunds that the ledger has.</param>
    public static RebuiltPacket From(
        string packetId, StoredPacket? stored, PacketOrigin origin, ClaimSums claims, int last, IReadOnlyList<LedgerEntry> refunded)
    {
        var refunds = Refunds(stored, refunded);
        var leftFen = origin.AmountFen - claims.Fen - refunds.Sum();
        var state = refunds.Sum() > 0 || stored is { IsExpired: true } ? PacketState.Expired
            : leftFen == 0 ? PacketState.Emptied : PacketState.Open;
        // The fen of shares that both sides have forgotten. The packet is closed and never closes again, so they are
        // refunded here.
        if (state == PacketState.Expired && leftFen > 0)
        {
            refunds.Add(leftFen);
            leftFen = 0;
        }
        long? closedAt = state == PacketState.Open ? null
            : stored?.ClosedAt ?? (refunded.Count > 0 ? refunded[0].GrantedAt : claims.LatestAt);
        var terms = origin.Parsed;
        return new RebuiltPacket(
            new StoredPacket(packetId, 0, origin.Terms, terms.Sender, origin.AmountFen, terms.Count, origin.CreatedAt,
                origin.CreatedAt + terms.ExpiresIn * 1000L, state, closedAt, last + 1, leftFen, claims.Checksum, refunds)
            {
                Best = claims.Best,
            });
    }

    // By ordinal, as Redis has them, else as they are recorded.
    private static List<long> Refunds(StoredPacket? stored, IReadOnlyList<LedgerEntry> recorded)
    {
        var known = stored?.Refunds ?? [];
        List<long> refunds = [.. known];
        foreach (var row in recorded.Where(row => row.Ordinal >= known.Count))
        {
            while (refunds.Count < row.Ordinal)
                refunds.Add(0);
            refunds.Add(row.AmountFen);
        }
        return refunds;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
