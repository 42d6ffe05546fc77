using System.Text.Json;

namespace RedPacket.Drills;

/// <summary>A fund or refund row of the ledger.</summary>
/// <param name="UserId">Who was paid back; empty for a fund.</param>
internal sealed record SenderRow(string PacketId, bool IsRefund, string UserId, long AmountFen);

/// <summary>
/// What went into the packets and back to their senders: each packet that a client was told of has its amount in the ledger once, and of each that is closed
/// what nobody grabbed has gone back, once. The counts mean what they mean in <see cref="ShareComparison"/>.
/// </summary>
internal sealed record FundsAndRefunds(int Lost, int Duplicated, int Unexpected, IReadOnlyList<string> Evidence)
{
    /// <summary>Where nothing but shares is compared.</summary>
    public static FundsAndRefunds NotCompared { get; } = new(0, 0, 0, []);

    /// <param name="grabs">The ledger's.</param>
    /// <param name="states">By packet: open, emptied, expired or archived. One that is missing may be any of them.</param>
    public static FundsAndRefunds Of(LoadRecord record, IReadOnlyCollection<HeldShare> grabs, IReadOnlyCollection<SenderRow> booked, IReadOnlyDictionary<string, string> states)
    {
        // What was forgotten is for the comparison of shares to tell.
        SenderRow[] rows = [.. booked.Where(row => !record.Doubts.Packets.ContainsKey(row.PacketId))];
        Sent[] told = [.. record.Sends.Values.Where(sent => sent.Answer is not null && !record.Doubts.Packets.ContainsKey(sent.PacketId!))];
        var granted = grabs.GroupBy(held => held.PacketId).ToDictionary(packet => packet.Key, packet => packet.Sum(held => held.AmountFen));
        var refunded = rows.Where(row => row.IsRefund).Select(row => row.PacketId).ToHashSet();
        HashSet<SenderRow> due = [.. told.Select(Fund), .. told.Where(sent => IsClosed(sent.PacketId!)).Select(Refund).Where(refund => refund.AmountFen != 0)];
        string[] lost = [.. due.Except(rows).Select(row => $"not in the ledger: {row}")];
        string[] twice = [.. rows.GroupBy(row => (row.PacketId, row.IsRefund)).Where(same => same.Count() > 1).Select(same => $"in the ledger more than once: {string.Join(" and ", same)}")];
        string[] strange = [.. rows.Except(due).Select(row => $"in the ledger, and not due: {row}")];
        return new FundsAndRefunds(lost.Length, twice.Length, strange.Length, [.. lost, .. twice, .. strange]);

        SenderRow Refund(Sent sent) => new(sent.PacketId!, true, sent.Sender, AmountFen(sent) - granted.GetValueOrDefault(sent.PacketId!));
        bool IsClosed(string packetId) => states.TryGetValue(packetId, out var state) ? state != "open" : refunded.Contains(packetId);
    }

    private static SenderRow Fund(Sent sent) => new(sent.PacketId!, false, "", AmountFen(sent));

    private static long AmountFen(Sent sent) => JsonDocument.Parse(sent.Answer!).RootElement.GetProperty("amountFen").GetInt64();
}
