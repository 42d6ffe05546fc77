using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>A packet that may leave Redis, with the sums that count for it from then on.</summary>
/// <param name="Number">The ledger's number of it.</param>
internal sealed record ArchivedPacket(
    long Number, int Shard, string PacketId, bool Emptied, long FundedFen, long GrantedFen, long RefundedFen);

/// <summary>The writing besides recording that is one statement or two. All of it is refused while the ledger is away.</summary>
internal sealed partial class Journal
{
    /// <summary>
    /// From now on only grants of this run add transfers. <paramref name="seq"/> and all delivery numbers below it are used up.
    /// False, and nothing is changed, when the ledger's run is not <paramref name="seen"/> any more: another opening was faster.
    /// </summary>
    /// <param name="seen">The run that the ledger had when the opening began; null before the first.</param>
    public async Task<bool> BeginRun(int shard, string? seen, string run, long seq, CancellationToken cancellation)
    {
        var begun = 0;
        await Execute(transaction => begun = transaction.Execute("""
            INSERT INTO shards (shard, highest_seq, run) VALUES (@shard, @seq, @run)
            ON CONFLICT (shard) DO UPDATE SET run = excluded.run,
                highest_seq = CASE WHEN shards.highest_seq > excluded.highest_seq THEN shards.highest_seq ELSE excluded.highest_seq END
            WHERE coalesce(shards.run, '') = @seen
            """, ("shard", shard), ("seq", seq), ("run", run), ("seen", seen ?? "")), cancellation);
        return begun == 1;
    }

    /// <summary>Marks a packet as archived and adds it to the sums of its shard. A packet that is marked already changes nothing.</summary>
    public Task Archive(ArchivedPacket packet, long nowMs, CancellationToken cancellation) => Execute(transaction =>
    {
        var marked = transaction.Execute(
            "UPDATE packets SET archived_at = @now WHERE number = @number AND archived_at IS NULL",
            ("now", nowMs), ("number", packet.Number));
        if (marked == 0)
            return;
        var account = AccountCode.Packet(packet.PacketId);
        transaction.Execute("UPDATE accounts SET archived_at = @now WHERE code = @code", ("now", nowMs), ("code", account));
        transaction.Execute("""
            INSERT INTO shards (shard, archived_packets, archived_emptied, archived_claims,
                archived_funded_fen, archived_granted_fen, archived_refunded_fen)
            SELECT @shard, 1, @emptied, (SELECT count(*) FROM transfers WHERE packet = @number AND kind = @grab),
                @funded, @granted, @refunded WHERE true
            ON CONFLICT (shard) DO UPDATE SET
                archived_packets = shards.archived_packets + 1,
                archived_emptied = shards.archived_emptied + excluded.archived_emptied,
                archived_claims = shards.archived_claims + excluded.archived_claims,
                archived_funded_fen = shards.archived_funded_fen + excluded.archived_funded_fen,
                archived_granted_fen = shards.archived_granted_fen + excluded.archived_granted_fen,
                archived_refunded_fen = shards.archived_refunded_fen + excluded.archived_refunded_fen
            """, ("shard", packet.Shard), ("emptied", packet.Emptied ? 1 : 0), ("number", packet.Number),
            ("grab", (int)EntryKind.Grab), ("funded", packet.FundedFen),
            ("granted", packet.GrantedFen), ("refunded", packet.RefundedFen));
    }, cancellation);

    /// <summary>Keeps sums over all transfers up to one id that were found right.</summary>
    public Task WriteDigest(long throughTransfer, long transfers, long amountFen, long nowMs, CancellationToken cancellation) =>
        Execute(transaction => transaction.Execute(
            "INSERT INTO digests (at, through_transfer, transfers, amount_fen) VALUES (@at, @through, @transfers, @fen)",
            ("at", nowMs), ("through", throughTransfer), ("transfers", transfers), ("fen", amountFen)), cancellation);
}
