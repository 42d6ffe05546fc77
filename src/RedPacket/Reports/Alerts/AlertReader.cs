using Microsoft.EntityFrameworkCore;
using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.Alerts;

/// <summary>The states of an alert, as the wire says them.</summary>
internal static class AlertState
{
    /// <summary>The rule fails, and no operator has seen it, or it became worse since.</summary>
    public const string Open = "OPEN";

    /// <summary>The rule fails, and an operator has seen it.</summary>
    public const string Acknowledged = "ACKNOWLEDGED";

    /// <summary>The rule passed in a later report.</summary>
    public const string Resolved = "RESOLVED";

    public static string Of(AlertRow row) =>
        row.ResolvedAt is not null ? Resolved : row.AcknowledgedAt is not null ? Acknowledged : Open;
}

/// <summary>One alert.</summary>
/// <param name="State">A word of <see cref="AlertState"/>.</param>
/// <param name="OpenedAt">The time of the report in which the rule failed first.</param>
/// <param name="SeenAt">The time of the last kept report in which it failed.</param>
/// <param name="Worst">The largest difference between the sides of the rule so far: fen, or a count.</param>
/// <param name="ResolvedAt">The time of the report in which it passed again.</param>
internal sealed record AlertLine(
    long Id, string Rule, string State, DateTimeOffset OpenedAt, DateTimeOffset SeenAt, long Worst, DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy, DateTimeOffset? ResolvedAt);

/// <summary>
/// Alerts, newest first. <paramref name="Next"/>: the value of <c>after</c> for the next page; null at the end.
/// </summary>
internal sealed record AlertList(IReadOnlyList<AlertLine> Alerts, long? Next);

/// <summary>How many alerts are not resolved.</summary>
internal sealed record AlertCounts(long Open, long Acknowledged);

/// <summary>Reads the alerts.</summary>
internal sealed class AlertReader(IDbContextFactory<LedgerDbContext> contexts)
{
    public async Task<AlertCounts> Count(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var unresolved = await db.Alerts.Where(alert => alert.ResolvedAt == null)
            .Select(alert => alert.AcknowledgedAt != null).ToListAsync(cancellation);
        return new AlertCounts(unresolved.Count(isAcknowledged => !isAcknowledged), unresolved.Count(isAcknowledged => isAcknowledged));
    }

    /// <summary>A page of the alerts that are resolved, or of those that are not.</summary>
    /// <param name="after">The page begins after this id, with smaller ids.</param>
    public async Task<AlertList> Page(bool isResolved, long after, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.Alerts.AsNoTracking().Where(alert => (alert.ResolvedAt != null) == isResolved && alert.Id < after)
            .OrderByDescending(alert => alert.Id).Take(limit).ToListAsync(cancellation);
        return new AlertList(rows.ConvertAll(Line), rows.Count == limit ? rows[^1].Id : null);
    }

    private static AlertLine Line(AlertRow row) => new(
        row.Id, row.Rule, AlertState.Of(row), DateTimeOffset.FromUnixTimeMilliseconds(row.OpenedAt),
        DateTimeOffset.FromUnixTimeMilliseconds(row.SeenAt), row.Worst, EntryState.Time(row.AcknowledgedAt), row.AcknowledgedBy,
        EntryState.Time(row.ResolvedAt));
}
