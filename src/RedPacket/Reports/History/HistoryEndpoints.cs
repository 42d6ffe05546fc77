using RedPacket.Comparison;
using RedPacket.Http;

namespace RedPacket.Reports.History;

/// <summary>The calls about earlier reports.</summary>
internal sealed class HistoryEndpoints(KeptReports kept, ReportBuilder builder)
{
    private const int LongestPage = 500;

    /// <summary><c>GET /api/v1/consistency/history?before=&amp;limit=</c></summary>
    public async Task<IResult> List(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var before = query.Time("before");
        var limit = (int?)query.Number("limit", 1, LongestPage) ?? LongestPage;
        if (query.Refusal is { } refusal)
            return refusal;
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        var reports = await Task.Run(() => kept.Before(before, limit, context.RequestAborted), context.RequestAborted);
        return Results.Json(reports, ReportsJson.Readable.PastReports);
    }

    /// <summary>
    /// <c>GET /api/v1/consistency/diff?from=&amp;to=</c>. Without <c>to</c> the later report is computed now.
    /// </summary>
    public async Task<IResult> Diff(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var (from, to) = (query.Time("from"), query.Time("to"));
        if (query.Refusal is { } refusal)
            return refusal;
        if (from is not { } earlier || to < earlier)
            return new Problem(400, "query_invalid", "The query parameter from must be given, and to must not be before it.");
        var cancellation = context.RequestAborted;
        if (await Read(earlier, cancellation) is not { } first)
            return NothingKept(earlier);
        if ((to is { } later ? await Read(later, cancellation) : await builder.Build(new ReportRequest(), cancellation)) is not { } second)
            return NothingKept(to!.Value);
        context.Response.Headers[Verdict.Header] = second.Verdict;
        return Results.Json(ReportDiff.Between(first, second), ReportsJson.Readable.ReportDiff);
    }

    public static Problem NothingKept(DateTimeOffset time) => new(404, "report_unknown",
        $"No report was kept at {WireTime.Text(time)} or before. /api/v1/consistency/history lists those that were.");

    private Task<ConsistencyReport?> Read(DateTimeOffset time, CancellationToken cancellation) =>
        Task.Run(() => kept.AsOf(time, cancellation), cancellation);
}
