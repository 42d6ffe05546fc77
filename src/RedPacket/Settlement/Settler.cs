using System.Diagnostics;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Settlement;

/// <summary>
/// Settles a chunk: the ledger records its entries, then they leave the outbox. Both lanes share it. It publishes
/// nothing and retries nothing. During an outage the <see cref="Journal"/> holds the chunk. After any other failure the
/// entries stay in the outbox, and the relay sends them again.
/// </summary>
internal sealed class Settler(
    Journal journal, StaleEntries stale, OutboxAcknowledgement outbox, ChunkSigner signer, UnverifiedMessages unverified,
    FollowedShares traces, TimeProvider clock, ILogger<Settler> logger)
{
    private readonly InFlightChunks _live = new();
    private readonly InFlightChunks _slow = new();
    private long _unacknowledgedSince;

    /// <summary>
    /// Returns when the chunk is finished, recorded or not. Throws only when cancelled: then the message goes back to
    /// its queue.
    /// </summary>
    public async Task Settle(TransfersAccepted message, bool slow, CancellationToken cancellation)
    {
        var receivedAt = clock.GetUtcNow();
        using var place = (slow ? _slow : _live).Enter();
        if (Fault(message) is { } fault)
        {
            SettlementTelemetry.Discarded.Add(1);
            logger.MessageDiscarded(message.Shard, fault);
            return;
        }
        if (!signer.Verifies(message))
        {
            await unverified.Keep(message, cancellation);
            return;
        }
        using var activity = SettlementTelemetry.StartChunk(message);
        var fences = message.Entries.Select(Fence.Is).ToArray();
        var (done, mark, written) = await SettleEntries(message, fences, slow, TraceOf(activity, message), cancellation);
        // A fence means that everything before it is recorded: it leaves the outbox after every earlier chunk of its
        // lane.
        if (fences.Contains(true))
            await place.EarlierOnes(cancellation);
        if (await Acknowledge(message.Shard, done, mark) && message.Followed is not null && written is not null)
            await traces.Complete(message, done, receivedAt, written);
    }

    // The signature does not cover the trace, so it may be any text.
    private static string? TraceOf(Activity? activity, TransfersAccepted message) =>
        activity?.Id ?? (Traceparent.Is(message.Traceparent) ? message.Traceparent : null);

    // Twice the clock in microseconds (see begin.lua), and a year of it for openings and clocks that are ahead. A
    // forged number beyond it would push the outbox beyond the numbers that a sorted set holds exactly.
    private long MostSeq() => 2 * (clock.GetUtcNow() + TimeSpan.FromDays(365)).ToUnixTimeMilliseconds() * 1000;

    private string? Fault(TransfersAccepted message)
    {
        if (message.Seqs is null || message.Entries is null || message.Seqs.Length != message.Entries.Length)
            return "it does not have as many entries as delivery numbers";
        if (message.Entries.Length == 0)
            return "it has no entries";
        if (message.Shard is < 0 or >= PacketId.MostShards || message.Entries.Contains(null))
            return "its shard or one of its entries is missing";
        if (message.Seqs[^1] > MostSeq())
            return "its delivery numbers are larger than any that Redis hands out";
        return message.Seqs.Zip(message.Seqs.Skip(1)).Any(pair => pair.First >= pair.Second) ? "its delivery numbers do not ascend" : null;
    }

    // Returns the delivery numbers that may leave the outbox, and the transaction on whose word. A chunk of fences only
    // is enqueued too, empty, to take its turn in the journal.
    private async Task<(long[] Done, LedgerMark Mark, WriteTimes? Written)> SettleEntries(
        TransfersAccepted message, bool[] fences, bool slow, string? traceparent, CancellationToken cancellation)
    {
        var entries = Enumerable.Range(0, fences.Length).Where(index => !fences[index]).ToArray();
        var chunk = new Chunk(message.Shard, [.. entries.Select(index => ChunkLine.Read(message.Entries[index]))], message.Seqs[^1],
            message.PublishedAt.ToUnixTimeMilliseconds(), traceparent, slow, message.Run, Followed: FollowedShares.Text(message));
        try
        {
            var recorded = await stale.Resolve(chunk, await journal.EnqueueWithMark(chunk, cancellation), cancellation);
            SettlementTelemetry.Settled(chunk, recorded.Outcomes, clock.GetUtcNow());
            var left = entries.Zip(recorded.Outcomes).Where(each => each.Second == RecordOutcome.Left)
                .Select(each => message.Seqs[each.First]).ToHashSet();
            return ([.. message.Seqs.Where(seq => !left.Contains(seq))], recorded.Mark, recorded.Written);
        }
        // A journal that ends cancels what waits. The message then goes back to its queue: late entries have no outbox.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.ChunkNotSettled(exception, message.Shard);
            return ([], default, null);
        }
    }

    // Entries that are not acknowledged come again and are found equal, so a failure is logged once and forgotten. True when
    // they have left the outbox.
    private async Task<bool> Acknowledge(int shard, long[] seqs, LedgerMark mark)
    {
        if (seqs.Length == 0)
            return false;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            await outbox.Remove(shard, seqs, mark.Writer, mark.Number);
            CrashPoint.Pass(CrashPoint.Acknowledged);
            if (Interlocked.Exchange(ref _unacknowledgedSince, 0) is > 0 and var since)
                logger.AcknowledgementBack((now - since) / 1000.0);
            return true;
        }
        catch (Exception exception)
        {
            if (Interlocked.CompareExchange(ref _unacknowledgedSince, now, 0) == 0)
                logger.AcknowledgementLost(exception.Message);
            return false;
        }
    }
}
