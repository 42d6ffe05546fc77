using System.Collections.Concurrent;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>
/// Resolves entries of an earlier run that the ledger does not have. What their packet still has is recorded under the run
/// in which it was asked. What Redis has forgotten is parked for repair. Only this message still carries such an entry, so
/// it is held until one of both is done.
/// </summary>
internal sealed class StaleEntries(Journal journal, PacketEvidence packets, TimeProvider clock,
    ILogger<StaleEntries> logger)
{
    // A message that is held takes the place of others, also of those for shards that are well.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    // By shard: since when no message of it could be resolved.
    private readonly ConcurrentDictionary<int, long> _unresolvedSince = new();

    /// <summary>
    /// Gives every stale line another outcome, with the last transaction that was needed. Throws only when cancelled.
    /// </summary>
    public async Task<RecordedChunk> Resolve(Chunk chunk, RecordedChunk recorded, CancellationToken cancellation)
    {
        var pauses = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), clock);
        while (recorded.Outcomes.Contains(RecordOutcome.StaleRun))
        {
            try
            {
                recorded = await TryResolve(chunk, recorded, cancellation);
                if (!recorded.Outcomes.Contains(RecordOutcome.StaleRun))
                {
                    _unresolvedSince.TryRemove(chunk.Shard, out _);
                    return recorded;
                }
            }
            // Whatever the fault is: the message must not end, because nothing else carries these entries.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.StaleEntriesWait(chunk.Shard, exception.Message);
            }
            var since = _unresolvedSince.GetOrAdd(chunk.Shard, clock.GetTimestamp());
            if (clock.GetElapsedTime(since) >= s_longest && await TryPark(chunk, recorded, cancellation))
                return recorded;
            await pauses.Wait(cancellation);
        }
        return recorded;
    }

    private async Task<RecordedChunk> TryResolve(Chunk chunk, RecordedChunk first, CancellationToken cancellation)
    {
        var outcomes = first.Outcomes;
        var stale = StaleLines(chunk, outcomes);
        if (stale.Length == 0)
            return first;
        var run = await journal.RunOf(chunk.Shard, cancellation) ?? "";
        var kept = await packets.AreKept(chunk.Shard, run, [.. stale.Select(line => chunk.Lines[line].Entry!)]);
        int[] present = [.. stale.Where((_, index) => kept[index] == true)];
        int[] forgotten = [.. stale.Where((_, index) => kept[index] == false)];
        var mark = first.Mark;
        // The ledger looks again whether this is its run. The outbox has these entries too, but a server that is replaced
        // now may never send them.
        if (present.Length > 0)
            mark = await Record(chunk.Only(present) with { Run = run }, present, outcomes, cancellation);
        if (forgotten.Length > 0)
        {
            mark = await Record(chunk.Only(forgotten) with { Forgotten = true }, forgotten, outcomes, cancellation);
            logger.StaleEntriesResolved(
                chunk.Shard, forgotten.Length, forgotten.Count(line => outcomes[line] == RecordOutcome.Parked));
        }
        // The ledger went back meanwhile, so the other lines may be recorded no more. They come again.
        foreach (var line in mark.Writer == first.Mark.Writer ? [] : Enumerable.Range(0, outcomes.Length).Except(stale))
            outcomes[line] = RecordOutcome.Left;
        return first with { Mark = mark };
    }

    // A line that failed stays stale, and is tried again.
    private async Task<LedgerMark> Record(Chunk some, int[] lines, RecordOutcome[] outcomes, CancellationToken cancellation)
    {
        var (recorded, mark) = await journal.EnqueueToTell(some, cancellation);
        foreach (var (line, outcome) in lines.Zip(recorded).Where(each => each.Second != RecordOutcome.Left))
            outcomes[line] = outcome;
        return mark;
    }

    // Nobody knows whether Redis has them. Repair asks it later. They stay in the outbox where they are there.
    private async Task<bool> TryPark(Chunk chunk, RecordedChunk recorded, CancellationToken cancellation)
    {
        var stale = StaleLines(chunk, recorded.Outcomes);
        var parked = await journal.Enqueue(chunk.Only(stale) with { Forgotten = true }, cancellation);
        if (parked.Contains(RecordOutcome.Left))
            return false;
        foreach (var line in stale)
            recorded.Outcomes[line] = RecordOutcome.Left;
        logger.StaleEntriesParked(chunk.Shard, stale.Length, s_longest.TotalSeconds);
        return true;
    }

    // A refund is not asked for: a packet that Redis has open again refunds what is left when it closes again.
    private static int[] StaleLines(Chunk chunk, RecordOutcome[] outcomes)
    {
        for (var line = 0; line < outcomes.Length; line++)
        {
            if (outcomes[line] == RecordOutcome.StaleRun && chunk.Lines[line].Entry!.Kind == EntryKind.Refund)
                outcomes[line] = RecordOutcome.Left;
        }
        return [.. Enumerable.Range(0, outcomes.Length).Where(line => outcomes[line] == RecordOutcome.StaleRun)];
    }
}
