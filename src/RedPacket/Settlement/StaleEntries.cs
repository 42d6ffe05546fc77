using System.Collections.Concurrent;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>
/// Resolves entries of an earlier run that the ledger does not have. What their packet still has is recorded under the run
/// in which it was asked. What Redis has forgotten is parked for repair. Only this message still carries such an entry, so
/// it is held until one of the two is done.
/// </summary>
internal sealed class StaleEntries(Journal journal, PacketEvidence packets, TimeProvider clock,
    ILogger<StaleEntries> logger)
{
    // A message that is held takes the place of others, also of those for shards that are well.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    // By shard: since when Redis has not answered any question about late entries.
    private readonly ConcurrentDictionary<int, long> _unansweredSince = new();

    /// <summary>
    /// Gives every stale line another outcome, with the last transaction that was needed. Throws only when cancelled.
    /// </summary>
    public async Task<RecordedChunk> Resolve(Chunk chunk, RecordedChunk recorded, CancellationToken cancellation)
    {
        var pauses = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), clock);
        var started = clock.GetTimestamp();
        var unanswered = StaleLines(chunk, recorded.Outcomes);
        while (recorded.Outcomes.Contains(RecordOutcome.StaleRun))
        {
            var waitsSince = started;
            try
            {
                (recorded, unanswered) = await TryResolve(chunk, recorded, cancellation);
                if (!recorded.Outcomes.Contains(RecordOutcome.StaleRun))
                    return recorded;
            }
            // Whatever the fault is: the message must not end, because nothing else carries these entries.
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                logger.StaleEntriesWait(chunk.Shard, exception.Message);
                // Without the ledger nobody was asked.
                waitsSince = exception is LedgerUnavailableException ? clock.GetTimestamp()
                    : _unansweredSince.GetValueOrDefault(chunk.Shard, started);
            }
            if (clock.GetElapsedTime(waitsSince) >= s_longest)
                recorded = await Park(chunk, unanswered, recorded, cancellation);
            if (recorded.Outcomes.Contains(RecordOutcome.StaleRun))
                await pauses.Wait(cancellation);
        }
        return recorded;
    }

    // Returns the lines of which no packet said anything, too. A row that cannot be recorded for a passing cause is none of these.
    private async Task<(RecordedChunk Recorded, int[] Unanswered)> TryResolve(
        Chunk chunk, RecordedChunk first, CancellationToken cancellation)
    {
        var outcomes = first.Outcomes;
        var stale = StaleLines(chunk, outcomes);
        if (stale.Length == 0)
            return (first, []);
        var kept = await AreKept(chunk, stale, await journal.RunOf(chunk.Shard, cancellation) ?? "");
        int[] forgotten = [.. stale.Where(line => kept.Has[line] == false)];
        int[] present = [.. stale.Where(line => kept.Has[line] == true)];
        // The ledger looks again whether this is its run. The outbox has these entries too, but a server that is replaced
        // now may never send them. Their numbers are of another run, so no border may be compared with them.
        var recorded = await Record(chunk.Only(present) with { Run = kept.Run, HighestSeq = 0 }, present, first, cancellation);
        recorded = await Record(chunk.Only(forgotten) with { Forgotten = true }, forgotten, recorded, cancellation);
        if (forgotten.Length > 0)
        {
            logger.StaleEntriesResolved(
                chunk.Shard, forgotten.Length, forgotten.Count(line => outcomes[line] == RecordOutcome.Parked));
        }
        return (await UnlessItWentBack(chunk, first, recorded, cancellation), [.. stale.Where(line => kept.Has[line] is null)]);
    }

    private async Task<(string Run, Dictionary<int, bool?> Has)> AreKept(Chunk chunk, int[] stale, string run)
    {
        try
        {
            var kept = await packets.AreKept(chunk.Shard, run, [.. stale.Select(line => chunk.Lines[line].Entry!)]);
            _unansweredSince.TryRemove(chunk.Shard, out _);
            return (run, stale.Zip(kept).ToDictionary());
        }
        catch
        {
            _unansweredSince.TryAdd(chunk.Shard, clock.GetTimestamp());
            throw;
        }
    }

    // A line that failed stays stale, and is tried again.
    private async Task<RecordedChunk> Record(Chunk some, int[] lines, RecordedChunk before, CancellationToken cancellation)
    {
        if (lines.Length == 0)
            return before;
        var (recorded, mark) = await journal.EnqueueWithMark(some, cancellation);
        foreach (var (line, outcome) in lines.Zip(recorded).Where(each => each.Second != RecordOutcome.Left))
            before.Outcomes[line] = outcome;
        // The ledger went back in between. No later mark of the first writer may hide that.
        return mark.Writer == before.Mark.Writer ? before with { Mark = mark, Written = null }
            : before with { Mark = default };
    }

    // A ledger that went back meanwhile may lack what it had: everything is recorded again.
    private async Task<RecordedChunk> UnlessItWentBack(
        Chunk chunk, RecordedChunk first, RecordedChunk recorded, CancellationToken cancellation) =>
        recorded.Mark.Writer == first.Mark.Writer ? recorded : await journal.EnqueueWithMark(chunk, cancellation);

    // Nobody knows whether Redis has them. Repair asks it later. They stay in the outbox where they are there.
    private async Task<RecordedChunk> Park(Chunk chunk, int[] unanswered, RecordedChunk first, CancellationToken cancellation)
    {
        int[] stale = [.. unanswered.Where(line => first.Outcomes[line] == RecordOutcome.StaleRun)];
        if (stale.Length == 0)
            return first;
        var recorded = await Record(chunk.Only(stale) with { Forgotten = true }, stale, first, cancellation);
        if (recorded.Mark.Writer != first.Mark.Writer || stale.Any(line => recorded.Outcomes[line] == RecordOutcome.StaleRun))
            return await UnlessItWentBack(chunk, first, recorded, cancellation);
        foreach (var line in stale)
            recorded.Outcomes[line] = RecordOutcome.Left;
        logger.StaleEntriesParked(chunk.Shard, stale.Length, s_longest.TotalSeconds);
        return recorded;
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
