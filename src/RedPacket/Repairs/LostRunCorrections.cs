using System.Collections.Concurrent;
using RedPacket.Comparison;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// Pays the conflicts that a lost run of Redis explains, without an operator. Their users got shares that Redis had forgotten when the gate
/// opened again. Packet and ledger stay as they are, and the loss account pays. Any other conflict waits for an operator, and so does what
/// would bring the payments for a packet above its fund: a forged message must not be money.
/// </summary>
internal sealed class LostRunCorrections(ParkedReader parked, Correction correction, ILogger<LostRunCorrections> logger)
{
    private const int PerPage = 200;

    // By shard, the entries that the last round found beyond the fund: each is logged once.
    private readonly ConcurrentDictionary<int, HashSet<long>> _refused = new();

    /// <summary>
    /// Pays those of one shard, and returns how many were resolved. Throws when the ledger is away. What cannot be asked of Redis now
    /// waits: nothing is lost by that.
    /// </summary>
    public async Task<int> Pay(int shard, Actor actor, CancellationToken cancellation)
    {
        var resolved = 0;
        var away = new ShardsAway();
        List<SkippedEntry> skipped = [];
        for (var after = 0L; ;)
        {
            var page = await parked.OfLostRuns(shard, after, PerPage, cancellation);
            if (page.Count == 0)
                break;
            after = page[^1].Id;
            resolved += (await correction.Some(page, actor, dryRun: false, withinTheFund: true, away, skipped, cancellation)).Count;
        }
        LogRefused(shard, [.. skipped.Where(entry => entry.Reason == SkippedEntry.BeyondTheFund).Select(entry => entry.Id)]);
        return resolved;
    }

    private void LogRefused(int shard, HashSet<long> refused)
    {
        foreach (var id in refused.Except(_refused.GetValueOrDefault(shard, [])))
            logger.PaymentRefused(id);
        _refused[shard] = refused;
    }
}
