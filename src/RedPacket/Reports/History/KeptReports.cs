using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;

namespace RedPacket.Reports.History;

/// <summary>
/// The answer of <c>GET /api/v1/consistency/history</c>, oldest first. <paramref name="Next"/>: what to pass as
/// <c>before</c> for earlier ones; null at the end.
/// </summary>
internal sealed record PastReports(IReadOnlyList<PastReport> Reports, DateTimeOffset? Next);

/// <summary>Reads the reports that the ledger keeps.</summary>
internal sealed class KeptReports(IDbContextFactory<LedgerDbContext> contexts)
{
    /// <summary>The last reports before a time, or of all when null, at most so many.</summary>
    public async Task<PastReports> Before(DateTimeOffset? time, int limit, CancellationToken cancellation)
    {
        var before = time?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var lines = await db.Reports.AsNoTracking().Where(report => report.AsOf < before)
            .OrderByDescending(report => report.AsOf).ThenByDescending(report => report.Id)
            .Take(limit).Select(report => report.Line).ToListAsync(cancellation);
        List<PastReport> reports = lines.ConvertAll(line => JsonSerializer.Deserialize(line, ReportsJson.Readable.PastReport)!);
        reports.Reverse();
        return new PastReports(reports, lines.Count == limit ? reports[0].AsOf : null);
    }

    /// <summary>The last report of this time or before it; null when none was kept.</summary>
    public async Task<ConsistencyReport?> AsOf(DateTimeOffset time, CancellationToken cancellation)
    {
        var asOf = time.ToUnixTimeMilliseconds();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var text = await db.Reports.AsNoTracking().Where(report => report.AsOf <= asOf)
            .OrderByDescending(report => report.AsOf).ThenByDescending(report => report.Id)
            .Select(report => report.Report).FirstOrDefaultAsync(cancellation);
        return text is null ? null : JsonSerializer.Deserialize(text, ReportsJson.Readable.ConsistencyReport);
    }
}
