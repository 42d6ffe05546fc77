using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>
/// The statements of corrections, within the caller's transaction. An adjust transfer's ordinal is the id of the parked
/// entry, so paying for the same entry twice meets the identity of the first payment.
/// </summary>
internal sealed class Adjustments(LedgerTransaction transaction)
{
    /// <summary>Counts a replay of these parked entries.</summary>
    public void Replayed(IEnumerable<long> parkedIds) => transaction.Execute(
        $"UPDATE parked SET replays = replays + 1 WHERE id IN ({string.Join(", ", parkedIds)})");

    /// <summary>True while this is the run of the shard whose grants are recorded.</summary>
    public bool IsRun(int shard, string run) =>
        transaction.Text("SELECT run FROM shards WHERE shard = @shard", ("shard", shard)) == run;

    /// <summary>True while the parked entry waits.</summary>
    public bool IsWaiting(long parkedId) =>
        transaction.Number("SELECT id FROM parked WHERE id = @id AND resolved_at IS NULL", ("id", parkedId)) is not null;

    public bool KnowsPacket(string packetId) => PacketNumber(packetId) is not null;

    /// <summary>
    /// True for a parked fund whose packet has shares or refunds and no fund: then its escrow needs this one.
    /// </summary>
    public bool IsMissingFund(ParkedEntry parked) => parked.Kind == EntryKind.Fund && transaction.Number("""
        SELECT 1 FROM transfers t JOIN packets p ON p.number = t.packet WHERE p.packet_id = @packet AND t.kind <> @payment AND NOT EXISTS (
            SELECT 1 FROM transfers f WHERE f.packet = t.packet AND f.kind = @funded) LIMIT 1
        """, ("packet", parked.PacketId), ("payment", (int)EntryKind.Adjust), ("funded", (int)EntryKind.Fund)) is not null;

    /// <summary>True when the user has a share of the packet: a grab, or an earlier payment.</summary>
    public bool HasShare(Entry entry) => transaction.Number("""
        SELECT t.id FROM transfers t JOIN accounts a ON a.id = t.credit_account
        WHERE a.code = @code AND t.packet = @packet AND t.kind IN (@grab, @payment) LIMIT 1
        """, ("code", AccountCode.Wallet(entry.UserId)), ("packet", PacketNumber(entry.PacketId)),
        ("grab", (int)EntryKind.Grab), ("payment", (int)EntryKind.Adjust)) is not null;

    /// <summary>
    /// True while all payments for the packet, with this one, are no more than the packet was funded with.
    /// </summary>
    /// <param name="unpaidFen">Payments for the packet that are decided and not in the ledger.</param>
    public bool IsWithinTheFund(Entry entry, long unpaidFen) => transaction.Number("""
        SELECT SUM(CASE WHEN kind = @funded THEN amount_fen ELSE -amount_fen END) FROM transfers
        WHERE packet = @packet AND kind IN (@funded, @payment)
        """, ("packet", PacketNumber(entry.PacketId)), ("funded", (int)EntryKind.Fund),
        ("payment", (int)EntryKind.Adjust)) >= entry.AmountFen + unpaidFen;

    /// <summary>The fen of all payments since a moment.</summary>
    public long PaidSince(long sinceMs) => transaction.Number(
        "SELECT SUM(amount_fen) FROM parked WHERE resolution = @paid AND resolved_at > @since",
        ("paid", Resolution.Paid), ("since", sinceMs)) ?? 0;

    /// <summary>Pays a parked grab from the shard's loss account to the user's wallet.</summary>
    public void Pay(ParkedEntry parked, Entry entry, long nowMs)
    {
        transaction.Execute("INSERT INTO packets (packet_id, shard) VALUES (@packet, @shard) ON CONFLICT (packet_id) DO NOTHING",
            ("packet", entry.PacketId), ("shard", entry.Shard));
        var (debit, credit) = AccountCode.SidesOf(EntryKind.Adjust);
        var (payer, payee) = (Account(debit, entry), Account(credit, entry));
        var recording = transaction.Number(
            "INSERT INTO recordings (recorded_at, published_at, traceparent) VALUES (@now, @published, @trace) RETURNING id",
            ("now", nowMs), ("published", parked.PublishedAt), ("trace", parked.Traceparent));
        transaction.Execute("""
            INSERT INTO transfers (id, packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
            VALUES ((SELECT coalesce(max(id), 0) + 1 FROM transfers), @packet, @kind, @ordinal, @debit, @credit, @fen, @granted, @recording)
            """, ("packet", PacketNumber(entry.PacketId)), ("kind", (int)EntryKind.Adjust), ("ordinal", parked.Id),
            ("debit", payer), ("credit", payee), ("fen", entry.AmountFen), ("granted", entry.AtMs), ("recording", recording));
        transaction.Execute("UPDATE accounts SET debits = debits + @fen WHERE id = @id", ("fen", entry.AmountFen), ("id", payer));
        transaction.Execute("UPDATE accounts SET credits = credits + @fen WHERE id = @id", ("fen", entry.AmountFen), ("id", payee));
    }

    /// <summary>The parked entry waits for a person, and this is why.</summary>
    public void SetReason(long parkedId, string reason, string detail) => transaction.Execute(
        "UPDATE parked SET reason = @reason, detail = @detail WHERE id = @id AND resolved_at IS NULL",
        ("reason", reason), ("detail", detail), ("id", parkedId));

    /// <summary>
    /// The parked entry waits no longer. Its row stays, because the same line may be delivered again.
    /// </summary>
    /// <param name="resolution">A word of <see cref="Resolution"/>.</param>
    public void Resolve(long parkedId, string resolution, long nowMs) => transaction.Execute(
        "UPDATE parked SET resolved_at = @now, resolution = @resolution WHERE id = @id",
        ("now", nowMs), ("resolution", resolution), ("id", parkedId));

    /// <summary>
    /// An operator has seen this payment. False when it is no payment, or when an operator had made or acknowledged it
    /// before.
    /// </summary>
    public bool Acknowledge(long parkedId, long nowMs) => transaction.Execute(
        "UPDATE parked SET acknowledged_at = @now WHERE id = @id AND resolution = @paid AND acknowledged_at IS NULL",
        ("now", nowMs), ("id", parkedId), ("paid", Resolution.Paid)) == 1;

    private long? PacketNumber(string packetId) =>
        transaction.Number("SELECT number FROM packets WHERE packet_id = @packet", ("packet", packetId));

    private long? Account(AccountKind kind, Entry entry)
    {
        var code = AccountCode.Of(kind, entry, entry.Shard);
        transaction.Execute("""
            INSERT INTO accounts (code, kind, user_check, debits, credits) VALUES (@code, @kind, @check, 0, 0)
            ON CONFLICT (code) DO NOTHING
            """, ("code", code), ("kind", (int)kind), ("check", AccountCode.CheckOf(kind, entry)));
        return transaction.Number("SELECT id FROM accounts WHERE code = @code", ("code", code));
    }
}
