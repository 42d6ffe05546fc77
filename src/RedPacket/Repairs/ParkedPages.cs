using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>Parked entries, page by page in the order of their ids.</summary>
/// <param name="read">Reads the page after an id.</param>
/// <param name="ids">The ids that a call names; null when it names none.</param>
internal sealed class ParkedPages(Func<long, Task<List<ParkedEntry>>> read, IReadOnlyList<long>? ids = null)
{
    private readonly HashSet<long> _met = [];

    public async IAsyncEnumerable<List<ParkedEntry>> Read()
    {
        for (var after = 0L; await read(after) is { Count: > 0 } page; after = page[^1].Id)
        {
            _met.UnionWith(page.Select(row => row.Id));
            yield return page;
        }
    }

    /// <summary>The named ids that no page had, with the reason.</summary>
    public IEnumerable<SkippedEntry> NotMet(string reason) =>
        (ids ?? []).Distinct().Where(id => !_met.Contains(id)).Select(id => new SkippedEntry(id, reason));
}
