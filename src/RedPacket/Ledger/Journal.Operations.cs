using System.Globalization;
using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>A packet that may leave Redis, with the sums that count for it from then on.</summary>
/// <param name="Number">The ledger's number of it.</param>
internal sealed record ArchivedPacket(
    long Number, string PacketId, bool Emptied, long FundedFen, long GrantedFen, long RefundedFen);

/// <summary>
/// A run that has ended, as Redis knows it (PROTOCOL 4.8). Its entries up to the border are in this Redis too. Those
/// beyond it were lost.
/// </summary>
/// <param name="Seq">The last delivery number that Redis knows to have handed out in it; 0 when it cannot say.</param>
internal sealed record RunBorder(string Run, long Seq)
{
    public bool Knows(Chunk chunk) => chunk.HighestSeq > 0 && chunk.Run == Run && chunk.HighestSeq <= Seq;
}

/// <summary>
/// The writing besides recording that is one statement or two. All of it is refused while the ledger is away.
/// </summary>
internal sealed partial class Journal
{
    /// <summary>
    /// From now on only grants of this run add transfers, and those of the run before it up to the border.
    /// <paramref name="seq"/> and all delivery numbers below it are used up.
    /// False, and nothing is changed, when the ledger's run is not <paramref name="seen"/> any more: another opening
    /// was faster.
    /// </summary>
    /// <param name="seen">The run that the ledger had when the opening began; null before the first.</param>
    public async Task<bool> BeginRun(int shard, string? seen, string run, long seq, RunBorder border,
        CancellationToken cancellation)
    {
        var begun = 0;
        await Execute(transaction => begun = transaction.Execute("""
            INSERT INTO shards (shard, highest_seq, run, border_run, border_seq) VALUES (@shard, @seq, @run, @borderRun, @borderSeq)
            ON CONFLICT (shard) DO UPDATE SET run = excluded.run, border_run = excluded.border_run, border_seq = excluded.border_seq,
                highest_seq = CASE WHEN shards.highest_seq > excluded.highest_seq THEN shards.highest_seq ELSE excluded.highest_seq END
            WHERE coalesce(shards.run, '') = @seen
            """, ("shard", shard), ("seq", seq), ("run", run), ("seen", seen ?? ""), ("borderRun", border.Run), ("borderSeq", border.Seq)),
            cancellation);
        return begun == 1;
    }

    /// <summary>
    /// The run of the shard whose grants are recorded: empty when its gate must be opened again, null before the first.
    /// Asked by the writer, so no older state of the ledger answers.
    /// </summary>
    public async Task<string?> RunOf(int shard, CancellationToken cancellation)
    {
        string? run = null;
        await Execute(transaction => run = transaction.Text("SELECT run FROM shards WHERE shard = @shard", ("shard", shard)), cancellation);
        return run;
    }

    /// <summary>
    /// Marks packets of one shard as archived and adds them to its sums. Those that are marked already change nothing.
    /// False, and nothing changed, when they were compared under a run that is not the ledger's: then the ledger may
    /// lack rows that it had.
    /// </summary>
    public async Task<bool> Archive(
        int shard, string run, IReadOnlyList<ArchivedPacket> packets, long nowMs, CancellationToken cancellation)
    {
        var isOpenRun = false;
        await Execute(transaction =>
        {
            isOpenRun = transaction.Number(
                "SELECT 1 FROM shards WHERE shard = @shard AND run <> @run", ("shard", shard), ("run", run)) is null;
            // One writer at a time: what is not marked now is marked by this transaction only.
            var fresh = transaction.Rows(
                $"SELECT number FROM packets WHERE archived_at IS NULL AND number IN ({Numbers(packets)})", row => row.GetInt64(0));
            if (isOpenRun && fresh.Count > 0)
                Mark(transaction, shard, [.. packets.Where(packet => fresh.Contains(packet.Number))], nowMs);
        }, cancellation);
        return isOpenRun;
    }

    /// <summary>
    /// The mark of a transaction that finds all these packets marked, under this run. Null when one is not, or the run
    /// is another: the ledger went back, and Redis must keep them.
    /// </summary>
    public async Task<LedgerMark?> ProveArchived(int shard, string run, IReadOnlyList<string> packetIds,
        CancellationToken cancellation)
    {
        (string Name, object? Value)[] ids = [.. packetIds.Select((id, index) => ($"id{index}", (object?)id))];
        var isProved = false;
        var mark = await Execute(transaction => isProved = transaction.Number($"""
            SELECT count(*) FROM packets WHERE archived_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM shards WHERE shard = @shard AND run <> @run)
                AND packet_id IN ({string.Join(", ", ids.Select(id => $"@{id.Name}"))})
            """, [("shard", shard), ("run", run), .. ids]) == ids.Length, cancellation);
        return isProved ? mark : null;
    }

    /// <summary>The mark of a transaction that comes after all these. Null when the ledger lacks one of them.</summary>
    public async Task<LedgerMark?> Prove(IReadOnlyList<LedgerMark> marks, CancellationToken cancellation)
    {
        var areThere = false;
        var proof = await Execute(transaction => areThere = marks.All(mark => transaction.Number(
            "SELECT 1 FROM writers WHERE id = @id AND number >= @number", ("id", mark.Writer), ("number", mark.Number)) is not null),
            cancellation);
        return areThere ? proof : null;
    }

    private static void Mark(LedgerTransaction transaction, int shard, IReadOnlyList<ArchivedPacket> packets,
        long nowMs)
    {
        (string Name, object? Value)[] codes =
            [.. packets.Select((packet, index) => ($"code{index}", (object?)AccountCode.Packet(packet.PacketId)))];
        transaction.Execute($"UPDATE packets SET archived_at = @now WHERE number IN ({Numbers(packets)})", ("now", nowMs));
        transaction.Execute(
            $"UPDATE accounts SET archived_at = @now WHERE code IN ({string.Join(", ", codes.Select(code => $"@{code.Name}"))})",
            [("now", nowMs), .. codes]);
        transaction.Execute($"""
            INSERT INTO shards (shard, archived_packets, archived_emptied, archived_claims,
                archived_funded_fen, archived_granted_fen, archived_refunded_fen)
            SELECT @shard, @packets, @emptied,
                (SELECT count(*) FROM transfers WHERE packet IN ({Numbers(packets)}) AND kind = @grab),
                @funded, @granted, @refunded WHERE true
            ON CONFLICT (shard) DO UPDATE SET
                archived_packets = shards.archived_packets + excluded.archived_packets,
                archived_emptied = shards.archived_emptied + excluded.archived_emptied,
                archived_claims = shards.archived_claims + excluded.archived_claims,
                archived_funded_fen = shards.archived_funded_fen + excluded.archived_funded_fen,
                archived_granted_fen = shards.archived_granted_fen + excluded.archived_granted_fen,
                archived_refunded_fen = shards.archived_refunded_fen + excluded.archived_refunded_fen
            """, ("shard", shard), ("packets", packets.Count), ("emptied", packets.Count(packet => packet.Emptied)),
            ("grab", (int)EntryKind.Grab), ("funded", packets.Sum(packet => packet.FundedFen)),
            ("granted", packets.Sum(packet => packet.GrantedFen)), ("refunded", packets.Sum(packet => packet.RefundedFen)));
    }

    private static string Numbers(IEnumerable<ArchivedPacket> packets) =>
        string.Join(", ", packets.Select(packet => packet.Number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Keeps sums over all transfers up to one id that were found right.</summary>
    public Task WriteDigest(long throughTransfer, long transfers, long amountFen, long nowMs,
        CancellationToken cancellation) =>
        Execute(transaction => transaction.Execute(
            "INSERT INTO digests (at, through_transfer, transfers, amount_fen) VALUES (@at, @through, @transfers, @fen)",
            ("at", nowMs), ("through", throughTransfer), ("transfers", transfers), ("fen", amountFen)), cancellation);
}
