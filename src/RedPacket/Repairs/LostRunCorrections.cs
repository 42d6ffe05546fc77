using RedPacket.Comparison;

namespace RedPacket.Repairs;

/// <summary>
/// Makes good, by itself, the conflicts that a lost run of Redis explains: their users were told of shares that Redis had forgotten when the gate was opened
/// again. What stands in packet and ledger stands, and the house pays. Any other conflict is a riddle, and waits for a person.
/// </summary>
internal sealed class LostRunCorrections(ParkedReader parked, Correction correction)
{
    private const int PerPage = 200;

    /// <summary>Returns how many were dealt with. Throws when a side is away or a gate is closed: nothing is lost by waiting.</summary>
    public async Task<int> MakeGood(string actor, CancellationToken cancellation)
    {
        var dealtWith = 0;
        for (var after = 0L; ;)
        {
            var page = await parked.OfLostRuns(after, PerPage, cancellation);
            if (page.Count == 0)
                return dealtWith;
            after = page[^1].Id;
            dealtWith += (await correction.Some(page, actor, dryRun: false, [], cancellation)).Count;
        }
    }
}
