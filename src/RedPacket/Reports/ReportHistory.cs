
namespace RedPacket.Reports;

/// <summary>A report in one line: its claims, as it counted them. Null is what could not be read.</summary>
internal sealed record PastReport(
    DateTimeOffset AsOf, string Verdict, long TookMs, long? Granted, long? Settled, long? InFlight, long? Missing, long? Orphan,
    long? Mismatch, long? Duplicate, long? Parked);

/// <summary>The answer of <c>GET /api/v1/consistency/history</c>, oldest first.</summary>
internal sealed record PastReports(IReadOnlyList<PastReport> Reports);

/// <summary>
/// The last reports about everything that this process made, for any caller. They end with the process.
/// </summary>
internal sealed class ReportHistory
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 500;
    private readonly Lock _lock = new();
    private readonly Queue<PastReport> _reports = new();
    private volatile PastReport? _newest;

    /// <summary>The newest, whose verdict the live numbers show; null before the first.</summary>
    public PastReport? Newest => _newest;

    /// <summary>
    /// Adds a report. Two reports made side by side may come in the wrong order: the one that looked later is the
    /// newest.
    /// </summary>
    public void Add(ConsistencyReport report)
    {
        var claims = report.Claims;
        var past = new PastReport(report.AsOf, report.Verdict, report.TookMs, claims.Granted, claims.Settled, claims.InFlight,
            claims.Missing, claims.Orphan, claims.Mismatch, claims.Duplicate, claims.Parked);
        lock (_lock)
        {
            if (_reports.Count == Kept)
                _reports.Dequeue();
            _reports.Enqueue(past);
            if (_newest is not { } newest || newest.AsOf <= past.AsOf)
                _newest = past;
        }
    }

    public PastReports Read()
    {
        lock (_lock)
            return new PastReports([.. _reports.OrderBy(report => report.AsOf)]);
    }
}
