using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>
/// Resolves entries of an earlier run that the ledger does not have. If their packet still has them, they come again
/// from the outbox. If Redis has forgotten them, the ledger records that. Only this message still carries such an
/// entry, so it is held until that is done.
/// </summary>
internal sealed class StaleEntries(Journal journal, PacketEvidence packets, TimeProvider clock,
    ILogger<StaleEntries> logger)
{
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
                    break;
            }
            // Whatever the fault is: the message must not end, because nothing else carries these entries.
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                logger.StaleEntriesWait(chunk.Shard, exception.Message);
            }
            await pauses.Wait(cancellation);
        }
        return recorded;
    }

    private async Task<RecordedChunk> TryResolve(Chunk chunk, RecordedChunk first, CancellationToken cancellation)
    {
        var outcomes = first.Outcomes;
        int[] stale = [.. Enumerable.Range(0, outcomes.Length).Where(line => outcomes[line] == RecordOutcome.StaleRun)];
        var run = await journal.RunOf(chunk.Shard, cancellation) ?? "";
        var kept = await packets.AreKept(chunk.Shard, run, [.. stale.Select(line => chunk.Lines[line].Entry!)]);
        foreach (var line in stale.Where((_, index) => kept[index] == true))
            outcomes[line] = RecordOutcome.Left;
        int[] forgotten = [.. stale.Where((_, index) => kept[index] == false)];
        if (forgotten.Length == 0)
            return first;
        var (recorded, mark) = await journal.EnqueueToTell(chunk.Forget(forgotten), cancellation);
        // The ledger went back between the two, so the other lines may be recorded no more. They come again.
        foreach (var line in mark.Writer == first.Mark.Writer ? [] : Enumerable.Range(0, outcomes.Length).Except(stale))
            outcomes[line] = RecordOutcome.Left;
        foreach (var (line, outcome) in forgotten.Zip(recorded).Where(each => each.Second != RecordOutcome.Left))
            outcomes[line] = outcome;
        logger.StaleEntriesResolved(chunk.Shard, forgotten.Length, recorded.Count(outcome => outcome == RecordOutcome.Parked));
        return first with { Mark = mark };
    }
}
