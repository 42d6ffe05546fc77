
namespace RedPacket.Reports;

/// <summary>A report in one line: its claims, as it counted them. Null is what could not be read.</summary>
internal sealed record PastReport(
    DateTimeOffset AsOf, string Verdict, long TookMs, long? Granted, long? Settled, long? InFlight, long? Missing, long? Orphan, long? Mismatch, long? Duplicate, long? Parked);

/// <summary>The answer of <c>GET /api/v1/consistency/history</c>, oldest first.</summary>
internal sealed record PastReports(IReadOnlyList<PastReport> Reports);

/// <summary>The last reports of everything that this process made, by whoever asked; gone when it ends. The last verdict is told on to the live numbers.</summary>
internal sealed class ReportHistory(LastVerdict last)
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 500;
    private readonly Lock _lock = new();
    private readonly Queue<PastReport> _reports = new();

    /// <summary>The newest; null before the first.</summary>
    public PastReport? Newest { get; private set; }

    /// <summary>Takes note of a report. Two that were made side by side may come in the wrong order: the one that looked later counts as the last.</summary>
    public void Add(ConsistencyReport report)
    {
        var claims = report.Claims;
        var past = new PastReport(report.AsOf, report.Verdict, report.TookMs, claims.Granted, claims.Settled, claims.InFlight, claims.Missing,
            claims.Orphan, claims.Mismatch, claims.Duplicate, claims.Parked);
        lock (_lock)
        {
            if (_reports.Count == Kept)
                _reports.Dequeue();
            _reports.Enqueue(past);
            if (Newest is { } newest && newest.AsOf > past.AsOf)
                return;
            Newest = past;
            last.Verdict = past.Verdict;
        }
    }

    public PastReports Read()
    {
        lock (_lock)
            return new PastReports([.. _reports.OrderBy(report => report.AsOf)]);
    }
}
