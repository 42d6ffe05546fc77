using System.Text.Json;

namespace RedPacket.Drills.Checks;

/// <summary>A fund or refund in the ledger.</summary>
/// <param name="UserId">The user who was paid back; empty for a fund.</param>
internal sealed record SenderRow(string PacketId, bool IsRefund, string UserId, long AmountFen);

/// <summary>
/// Compares funds and refunds. The ledger must fund every confirmed packet once, and refund the rest of every closed
/// packet once. The counts mean the same as in <see cref="ShareComparison"/>.
/// </summary>
internal sealed record FundsAndRefunds(int Lost, int Duplicated, int Unexpected, IReadOnlyList<string> Evidence)
{
    /// <summary>For drills that compare shares only.</summary>
    public static FundsAndRefunds NotCompared { get; } = new(0, 0, 0, []);

    /// <param name="grabs">The grabs in the ledger.</param>
    /// <param name="recorded">The funds and refunds in the ledger.</param>
    /// <param name="states">By packet: open, emptied, expired or archived. A missing packet may have any state.</param>
    public static FundsAndRefunds Of(
        LoadRecord record, IReadOnlyCollection<HeldShare> grabs, IReadOnlyCollection<SenderRow> recorded,
        IReadOnlyDictionary<string, string> states)
    {
        // The comparison of shares reports forgotten packets.
        var forgotten = record.Forgettable.ChangedPackets;
        SenderRow[] rows = [.. recorded.Where(row => !forgotten.ContainsKey(row.PacketId))];
        Sent[] confirmed = [.. record.Sends.Values.Where(sent => sent.Answer is not null && !forgotten.ContainsKey(sent.PacketId!))];
        var granted = grabs.GroupBy(held => held.PacketId).ToDictionary(packet => packet.Key, packet => packet.Sum(held => held.AmountFen));
        var refunded = rows.Where(row => row.IsRefund).Select(row => row.PacketId).ToHashSet();
        var refunds = confirmed.Where(sent => IsClosed(sent.PacketId!)).Select(Refund).Where(refund => refund.AmountFen != 0);
        HashSet<SenderRow> due = [.. confirmed.Select(Fund), .. refunds];
        string[] lost = [.. due.Except(rows).Select(row => $"not in the ledger: {row}")];
        string[] duplicated = [.. rows.GroupBy(row => (row.PacketId, row.IsRefund)).Where(same => same.Count() > 1)
            .Select(same => $"in the ledger more than once: {string.Join(" and ", same)}")];
        string[] unexpected = [.. rows.Except(due).Select(row => $"in the ledger but not due: {row}")];
        return new FundsAndRefunds(lost.Length, duplicated.Length, unexpected.Length, [.. lost, .. duplicated, .. unexpected]);

        SenderRow Refund(Sent sent) => new(sent.PacketId!, true, sent.Sender, AmountFen(sent) - granted.GetValueOrDefault(sent.PacketId!));
        bool IsClosed(string packetId) => states.TryGetValue(packetId, out var state) ? state != "open" : refunded.Contains(packetId);
    }

    private static SenderRow Fund(Sent sent) => new(sent.PacketId!, false, "", AmountFen(sent));

    private static long AmountFen(Sent sent) =>
        JsonDocument.Parse(sent.Answer!).RootElement.GetProperty("amountFen").GetInt64();
}
