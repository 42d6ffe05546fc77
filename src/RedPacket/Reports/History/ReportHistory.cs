using System.Threading.Channels;

namespace RedPacket.Reports.History;

/// <summary>A report in one line: its claims, as it counted them. Null is what could not be read.</summary>
internal sealed record PastReport(
    DateTimeOffset AsOf, string Verdict, long TookMs, long? Granted, long? Settled, long? InFlight, long? Missing, long? Orphan,
    long? Mismatch, long? Duplicate, long? Parked)
{
    public static PastReport Of(ConsistencyReport report)
    {
        var claims = report.Claims;
        return new PastReport(report.AsOf, report.Verdict, report.TookMs, claims.Granted, claims.Settled, claims.InFlight,
            claims.Missing, claims.Orphan, claims.Mismatch, claims.Duplicate, claims.Parked);
    }
}

/// <summary>A report of everything. <paramref name="IsFull"/>: it has recomputed the totals account by account.</summary>
internal sealed record MadeReport(ConsistencyReport Report, bool IsFull);

/// <summary>
/// The newest report about everything that this process made, for any caller. Hands each to the <see cref="ReportKeeper"/>,
/// so that no report waits until it is kept.
/// </summary>
internal sealed class ReportHistory
{
    /// <summary>Reports that wait to be kept. Beyond them the oldest are left out: those after them say more.</summary>
    private const int Waiting = 16;

    private readonly Lock _lock = new();
    private readonly Channel<MadeReport> _made = Channel.CreateBounded<MadeReport>(
        new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest });
    private volatile ConsistencyReport? _newest;

    /// <summary>The newest, whose verdict the live numbers show; null before the first.</summary>
    public ConsistencyReport? Newest => _newest;

    /// <summary>Waits for the next report that was made. Each is returned once.</summary>
    public ValueTask<MadeReport> Next(CancellationToken cancellation) => _made.Reader.ReadAsync(cancellation);

    /// <summary>
    /// Adds a report. Two reports made side by side may come in the wrong order: the one that looked later is the
    /// newest.
    /// </summary>
    /// <param name="report">A report of everything.</param>
    /// <param name="isFull">It has recomputed the totals account by account.</param>
    public void Add(ConsistencyReport report, bool isFull)
    {
        lock (_lock)
        {
            if (_newest is not { } newest || newest.AsOf <= report.AsOf)
                _newest = report;
        }
        _made.Writer.TryWrite(new MadeReport(report, isFull));
    }
}
