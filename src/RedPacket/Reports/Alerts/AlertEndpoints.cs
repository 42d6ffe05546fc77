using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.Alerts;

/// <summary>An alert that was not acknowledged, and why.</summary>
internal sealed record SkippedAlert(long Id, string Reason);

/// <summary>The alerts that were acknowledged, and those that were not open.</summary>
internal sealed record AlertAcknowledgement(IReadOnlyList<long> Acknowledged, IReadOnlyList<SkippedAlert> Skipped);

/// <summary>The operators' calls about alerts.</summary>
internal sealed class AlertEndpoints(AlertReader reader, ReportRecord record)
{
    private const int MostIds = 100;

    /// <summary><c>GET /api/v1/consistency/alerts?resolved=&amp;after=&amp;limit=</c></summary>
    public async Task<IResult> List(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var isResolved = query.Flag("resolved");
        var after = query.Number("after", 1, long.MaxValue) ?? long.MaxValue;
        var limit = query.Limit();
        if (query.Refusal is { } refusal)
            return refusal;
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        var page = await Task.Run(() => reader.Page(isResolved, after, limit, context.RequestAborted), context.RequestAborted);
        return Results.Json(page, ReportsJson.Readable.AlertList);
    }

    /// <summary><c>POST /api/v1/consistency/alerts/acknowledgements</c>. Doing it twice does it once.</summary>
    public async Task<IResult> Acknowledge(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "ids");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryGetProperty("ids", out var list) || !JsonBody.TryIds(list, out var ids) || ids.Count is 0 or > MostIds)
            return JsonBody.Invalid($"Send ids, an array of 1 to {MostIds} ids of alerts.");
        var actor = Actor.Of(context.ForAudit());
        var acknowledged = await record.Acknowledge(actor, ids, context.RequestAborted);
        var skipped = ids.Distinct().Except(acknowledged).Select(id => new SkippedAlert(id, "not_open"));
        return Results.Json(new AlertAcknowledgement(acknowledged, [.. skipped]), ReportsJson.Readable.AlertAcknowledgement);
    }
}
