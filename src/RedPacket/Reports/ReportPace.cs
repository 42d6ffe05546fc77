using RedPacket.Comparison;

namespace RedPacket.Reports;

/// <summary>
/// When the next report is made that nobody asked for: soon after something happened, else now and then, after a rest of many times as long as the last one
/// took. Does no I/O and knows no clock. Used by one loop only.
/// </summary>
/// <param name="every">How often while nothing happens.</param>
internal sealed class ReportPace(TimeSpan every)
{
    /// <summary>19 keeps it at 5 % of a core.</summary>
    private const int Rest = 19;
    private static readonly TimeSpan s_whileBusy = TimeSpan.FromSeconds(3);

    private bool _any;
    private StoreSeen? _seen;
    private DateTimeOffset _made = DateTimeOffset.MinValue;
    private TimeSpan _rest;

    /// <summary>A report was made: what the store looked like before it (null: it did not answer), how long it took, and when it was ready.</summary>
    public void Made(StoreSeen? before, long tookMs, DateTimeOffset now)
    {
        // The first report of a process takes long for reasons of its own, such as code that is compiled: it says nothing of the next.
        _rest = _any ? TimeSpan.FromMilliseconds(tookMs * Rest) : TimeSpan.Zero;
        (_any, _seen, _made) = (true, before, now);
    }

    /// <summary>True when one is due.</summary>
    /// <param name="now">What the store looks like; null when it does not answer, which is a thing that happened, as its coming back is another.</param>
    /// <param name="newest">Verdict of the last report, whoever asked for it; null before the first.</param>
    /// <param name="at">This moment.</param>
    public bool IsDue(StoreSeen? now, string? newest, DateTimeOffset at)
    {
        // All has arrived, and nobody has seen yet that it is right: that is worth a shorter rest. What is still on its way keeps the verdict as it is.
        var unseen = newest != Verdict.Consistent && now is not { Entries: > 0 };
        var pause = unseen ? TimeSpan.Zero : now != _seen ? s_whileBusy : every;
        var enough = unseen && _rest > every ? every : _rest;
        return at - _made >= (pause > enough ? pause : enough);
    }
}
