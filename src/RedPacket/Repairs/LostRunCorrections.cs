using System.Collections.Concurrent;
using RedPacket.Comparison;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// Ends the conflicts that a lost run of Redis explains, without an operator: entries that Redis had forgotten when the
/// gate opened again. Redis gets back what its packets can have. The loss account pays the shares among the rest, and
/// packet and ledger stay as they are. Any other conflict waits for an operator. So does a payment beyond the fund of
/// its packet, or beyond the limit of a day in the settings: a forged message must not be money.
/// </summary>
internal sealed class LostRunCorrections(
    ParkedReader parked, Adoption adoption, Correction correction, Journal journal, ILogger<LostRunCorrections> logger)
{
    private const int PerPage = 200;

    // By shard, the entries that the last round found beyond a bound: each is logged once.
    private readonly ConcurrentDictionary<int, HashSet<long>> _refused = new();

    /// <summary>
    /// Ends those of one shard, and returns how many were paid or needed no payment. Throws when the ledger is away.
    /// Entries whose shard is away wait: nothing is lost by that. All wait while settlement is paused.
    /// </summary>
    public async Task<int> Pay(int shard, Actor actor, CancellationToken cancellation)
    {
        var resolved = 0;
        var away = new ShardsAway();
        List<SkippedEntry> skipped = [];
        await foreach (var page in new ParkedPages(after => parked.OfLostRuns(shard, after, PerPage, cancellation)).Read())
        {
            // An operator who pauses settlement wants to look first.
            if (journal.State.Pause is not null)
                return resolved;
            var gone = await adoption.Run(shard, page, actor, away, cancellation);
            resolved += (await correction.Some(gone, actor, dryRun: false, isAutomatic: true, away, skipped, cancellation)).Count;
        }
        LogRefused(shard, [.. skipped.Where(entry => entry.Reason is SkippedEntry.BeyondTheFund or SkippedEntry.BeyondTheDay)]);
        return resolved;
    }

    private void LogRefused(int shard, IReadOnlyList<SkippedEntry> refused)
    {
        var known = _refused.GetValueOrDefault(shard, []);
        foreach (var entry in refused.Where(entry => !known.Contains(entry.Id)))
        {
            if (entry.Reason == SkippedEntry.BeyondTheFund)
                logger.PaymentRefused(entry.Id);
            else
                logger.PaymentWaits(entry.Id);
        }
        _refused[shard] = [.. refused.Select(entry => entry.Id)];
    }
}
