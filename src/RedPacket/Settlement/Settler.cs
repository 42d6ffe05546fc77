using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Settlement;

/// <summary>
/// Records a chunk and then takes it out of the outbox; both lanes share it. Publishes nothing, retries nothing: an outage is held inside the
/// <see cref="Journal"/>, and whatever else goes wrong leaves the entries in the outbox, from which the relay brings them again.
/// </summary>
internal sealed class Settler(Journal journal, StaleEntries late, OutboxAcknowledgement outbox, TimeProvider clock, ILogger<Settler> logger)
{
    private readonly InFlightChunks _live = new();
    private readonly InFlightChunks _slow = new();
    private long _unacknowledgedSince;

    /// <summary>Returns when the chunk is done with, recorded or not. Throws only when cancelled: then the message goes back to its queue.</summary>
    public async Task Settle(TransfersAccepted message, bool slow, CancellationToken cancellation)
    {
        using var place = (slow ? _slow : _live).Enter();
        if (Fault(message) is { } fault)
        {
            SettlementTelemetry.Discarded.Add(1);
            logger.MessageDiscarded(message.Shard, fault);
            return;
        }
        using var activity = SettlementTelemetry.StartChunk(message.Shard, message.Entries.Length, message.Traceparent);
        var fences = message.Entries.Select(Fence.Is).ToArray();
        var done = await Record(message, fences, slow, activity?.Id ?? message.Traceparent, cancellation);
        // A fence says that all before it is recorded: it leaves the outbox after every chunk of its lane that came earlier.
        if (fences.Contains(true))
            await place.EarlierOnes(cancellation);
        await Acknowledge(message.Shard, [.. done]);
    }

    private static string? Fault(TransfersAccepted message)
    {
        if (message.Seqs is null || message.Entries is null || message.Seqs.Length != message.Entries.Length)
            return "it has not as many entries as delivery numbers";
        if (message.Shard < 0 || message.Entries.Contains(null))
            return "its shard or one of its entries is missing";
        return message.Seqs.Zip(message.Seqs.Skip(1)).Any(pair => pair.First >= pair.Second) ? "its delivery numbers do not ascend" : null;
    }

    // The delivery numbers that may leave the outbox. A chunk of fences only is recorded too, empty, to take its turn in the journal.
    private async Task<IEnumerable<long>> Record(TransfersAccepted message, bool[] fences, bool slow, string? traceparent, CancellationToken cancellation)
    {
        var entries = Enumerable.Range(0, fences.Length).Where(index => !fences[index]).ToArray();
        string[] payloads = [.. entries.Select(index => message.Entries[index])];
        var chunk = new Chunk(message.Shard, [.. payloads.Select(Postings.Read)], payloads, message.Seqs[^1], message.PublishedAt.ToUnixTimeMilliseconds(), traceparent, slow, message.Run);
        try
        {
            var outcomes = await journal.Record(chunk, cancellation);
            await late.Settle(chunk, outcomes, cancellation);
            SettlementTelemetry.Recorded(chunk, outcomes, clock.GetUtcNow());
            var left = entries.Zip(outcomes).Where(each => each.Second == RecordOutcome.Left).Select(each => message.Seqs[each.First]).ToHashSet();
            return message.Seqs.Where(seq => !left.Contains(seq));
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            logger.ChunkNotRecorded(exception, message.Shard);
            return [];
        }
    }

    // What is not acknowledged comes again and is found equal, so a failure is said once and forgotten.
    private async Task Acknowledge(int shard, long[] seqs)
    {
        if (seqs.Length == 0)
            return;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            await outbox.Remove(shard, seqs);
            CrashPoint.Pass(CrashPoint.Acknowledged);
            if (Interlocked.Exchange(ref _unacknowledgedSince, 0) is > 0 and var since)
                logger.AcknowledgementBack((now - since) / 1000.0);
        }
        catch (Exception exception)
        {
            if (Interlocked.CompareExchange(ref _unacknowledgedSince, now, 0) == 0)
                logger.AcknowledgementLost(exception.Message);
        }
    }
}
