using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Settlement;

/// <summary>
/// Deals with lines of an earlier run that the ledger does not have. What their packets stand by comes again from the outbox; what these have forgotten is
/// recorded as forgotten. Nobody else remembers such a line, so the message that carries it stays in hand until that is done.
/// </summary>
internal sealed class StaleEntries(Journal journal, PacketEvidence packets, TimeProvider clock, ILogger<StaleEntries> logger)
{
    /// <summary>Gives every late line another outcome. Throws only when cancelled.</summary>
    public async Task Settle(Chunk chunk, RecordOutcome[] outcomes, CancellationToken cancellation)
    {
        var pauses = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), clock);
        while (outcomes.Contains(RecordOutcome.Late))
        {
            try
            {
                if (await SettleNow(chunk, outcomes, cancellation))
                    return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                logger.LateLinesWait(chunk.Shard, exception.Message);
            }
            await pauses.Wait(cancellation);
        }
    }

    private async Task<bool> SettleNow(Chunk chunk, RecordOutcome[] outcomes, CancellationToken cancellation)
    {
        int[] late = [.. Enumerable.Range(0, outcomes.Length).Where(line => outcomes[line] == RecordOutcome.Late)];
        var stoodBy = await packets.AreStoodBy(chunk.Shard, late.Select(line => Read(chunk.Payloads[line])));
        foreach (var line in late.Where((_, index) => stoodBy[index]))
            outcomes[line] = RecordOutcome.Left;
        int[] forgotten = [.. late.Where((_, index) => !stoodBy[index])];
        if (forgotten.Length == 0)
            return true;
        var recorded = await journal.Record(chunk.Forget(forgotten), cancellation);
        foreach (var (line, outcome) in forgotten.Zip(recorded).Where(each => each.Second != RecordOutcome.Left))
            outcomes[line] = outcome;
        logger.LateLinesSettled(chunk.Shard, forgotten.Length, recorded.Count(outcome => outcome == RecordOutcome.Parked));
        return !recorded.Contains(RecordOutcome.Left);
    }

    private static Entry Read(string payload) => Entry.TryParse(payload, out var entry) ? entry! : throw new InvalidOperationException($"A line that cannot be read was not parked: {payload}");
}
