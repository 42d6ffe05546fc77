using RedPacket.Ledger;

namespace RedPacket.Reconciliation;

/// <summary>
/// Makes good, by itself, the conflicts that a lost run of Redis explains: two users were told of one share, one of them before the gate was last
/// opened, so Redis had forgotten that share when it dealt it again. The row stands, the other is paid by the house. Any other conflict is
/// a riddle, and waits for a person.
/// </summary>
internal sealed class Stragglers(ParkedReader parked, LedgerReader ledger, Correction correction)
{
    private const int PerPage = 200;

    /// <summary>Returns how many were dealt with. Throws when a side is away or a gate is closed: nothing is lost by waiting.</summary>
    public async Task<int> MakeGood(string actor, CancellationToken cancellation)
    {
        var dealtWith = 0;
        Dictionary<int, long>? openings = null;
        for (var after = 0L; ;)
        {
            var page = await parked.Conflicts(after, PerPage, cancellation);
            if (page.Count == 0)
                return dealtWith;
            after = page[^1].Entry.Id;
            openings ??= await ledger.Openings(cancellation);
            List<ParkedEntry> lost = [.. page.Where(conflict => openings.TryGetValue(conflict.Entry.Shard, out var opening) && conflict.EarliestGrant < opening).Select(conflict => conflict.Entry)];
            if (lost.Count > 0)
                dealtWith += (await correction.Some(lost, actor, dryRun: false, [], cancellation)).Count;
        }
    }
}
