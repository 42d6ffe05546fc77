using RedPacket.Comparison;

namespace RedPacket.Reports;

/// <summary>
/// When the process makes its next own report: soon after something happened, else now and then. In between it rests
/// many times as long as the last report took. Does no I/O and knows no clock. Used by one loop only.
/// </summary>
/// <param name="every">How often while nothing happens.</param>
internal sealed class ReportPace(TimeSpan every)
{
    /// <summary>19 keeps it at 5 % of a core.</summary>
    private const int Rest = 19;
    private static readonly TimeSpan s_whileBusy = TimeSpan.FromSeconds(3);

    private bool _any;
    private RedisActivity? _seen;
    private DateTimeOffset _made = DateTimeOffset.MinValue;
    private TimeSpan _rest;

    /// <summary>Notes a report that was made.</summary>
    /// <param name="before">The store before the report; null when it did not answer.</param>
    /// <param name="tookMs">How long the report took, in milliseconds.</param>
    /// <param name="now">When it was ready.</param>
    public void Made(RedisActivity? before, long tookMs, DateTimeOffset now)
    {
        // The first report of a process takes long, because its code is compiled first. Its time says nothing about the
        // next.
        _rest = _any ? TimeSpan.FromMilliseconds(tookMs * Rest) : TimeSpan.Zero;
        (_any, _seen, _made) = (true, before, now);
    }

    /// <summary>True when one is due.</summary>
    /// <param name="now">The store now; null when it does not answer. An outage and its end count as changes.</param>
    /// <param name="newest">Verdict of the last report by any caller; null before the first.</param>
    /// <param name="at">This moment.</param>
    public bool IsDue(RedisActivity? now, string? newest, DateTimeOffset at)
    {
        // Everything has arrived, and no report has confirmed it yet: that is worth a shorter rest. Entries in flight
        // keep the verdict.
        var unseen = newest != Verdict.Consistent && now is not { Entries: > 0 };
        var pause = unseen ? TimeSpan.Zero : now != _seen ? s_whileBusy : every;
        var enough = unseen && _rest > every ? every : _rest;
        return at - _made >= (pause > enough ? pause : enough);
    }
}
