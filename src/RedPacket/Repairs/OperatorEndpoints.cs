using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Reports;
using System.Globalization;
using System.Text.Json;

namespace RedPacket.Repairs;

/// <summary>What operators may do about the report: repair, look at what is parked, replay it, make it good.</summary>
internal sealed class OperatorEndpoints(MissingEntryRepair restorer, TotalsRebuild totals, LedgerTotals sums, ParkedReader parked, Replay replay, Correction correction)
{
    private static readonly string[] s_reasons = ["unreadable", "conflict", "refused"];

    /// <summary><c>POST /api/v1/consistency/repairs</c>. A dry run unless it is asked for in so many words.</summary>
    public async Task<IResult> Repair(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "dryRun", "totals");
        if (body is not { } asked)
            return refusal!;
        var dryRun = asked.Flag("dryRun", true, out var isFlag);
        var withTotals = asked.Flag("totals", false, out var isToo);
        if (!isFlag || !isToo)
            return JsonBody.Invalid("dryRun and totals are true or false.");
        return await Outages.Answered(async () =>
        {
            var answer = await restorer.Everything(context.UserId(), dryRun, context.RequestAborted);
            if (withTotals)
                answer = answer with { Accounts = dryRun ? (await sums.Read(full: true, context.RequestAborted)).Accounts : await totals.Run(context.UserId(), context.RequestAborted) };
            return Results.Json(answer, ReconciliationJson.Default.RepairAnswer);
        });
    }

    /// <summary><c>GET /api/v1/parked?reason=&amp;resolved=&amp;after=&amp;limit=</c></summary>
    public async Task<IResult> Parked(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var reason = query.OneOf("reason", s_reasons);
        var resolved = query.Flag("resolved");
        var after = query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = (int?)query.Number("limit", 1, ReportRequest.PageLimit) ?? ReportRequest.PageLimit;
        if (query.Refusal is { } refusal)
            return refusal;
        return await Outages.Answered(async () => Results.Json(await parked.Page(reason, resolved, after, limit, context.RequestAborted), ReconciliationJson.Default.ParkedPage));
    }

    /// <summary><c>GET /api/v1/parked/{id}</c></summary>
    public Task<IResult> OneParked(HttpContext context, string id) => Outages.Answered(async () =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await parked.One(number, context.RequestAborted) is { } one
            ? Results.Json(one, ReconciliationJson.Default.ParkedDetail)
            : new Problem(404, "parked_unknown", "No entry was ever parked under this id, or it has been recorded since."));

    /// <summary><c>POST /api/v1/parked/replays</c></summary>
    public async Task<IResult> Replay(HttpContext context)
    {
        var (asked, refusal) = await Which(context.Request, "ids", "all");
        return refusal ?? await Outages.Answered(async () =>
            Results.Json(await replay.Run(context.UserId(), asked!.Ids, context.RequestAborted), ReconciliationJson.Default.ReplayAnswer));
    }

    /// <summary><c>POST /api/v1/parked/corrections</c>. It moves money for good, so it is a dry run unless it is asked for in so many words.</summary>
    public async Task<IResult> Correct(HttpContext context)
    {
        var (asked, refusal) = await Which(context.Request, "ids", "all", "dryRun");
        return refusal ?? await Outages.Answered(async () =>
            Results.Json(await correction.Run(context.UserId(), asked!.Ids, asked.DryRun, context.RequestAborted), ReconciliationJson.Default.CorrectionAnswer));
    }

    /// <summary>Which parked entries are meant; null: all of them.</summary>
    private sealed record OperatorRequest(IReadOnlyList<long>? Ids, bool DryRun);

    private static async Task<(OperatorRequest? Asked, Problem? Refusal)> Which(HttpRequest request, params string[] members)
    {
        var (body, refusal) = await JsonBody.Read(request, members);
        if (body is not { } asked)
            return (null, refusal);
        var all = asked.Flag("all", false, out var isFlag);
        var dryRun = asked.Flag("dryRun", true, out var isToo);
        var named = asked.TryGetProperty("ids", out var list);
        if (!isFlag || !isToo || named == all || !TryIds(list, out var ids))
            return (null, JsonBody.Invalid("Send either ids, an array of ids of parked entries, or all, which is then true; dryRun, where it is known, is true or false."));
        return (new OperatorRequest(all ? null : ids, dryRun), null);
    }

    private static bool TryIds(JsonElement list, out List<long> ids)
    {
        ids = [];
        if (list.ValueKind == JsonValueKind.Undefined)
            return true;
        if (list.ValueKind != JsonValueKind.Array)
            return false;
        foreach (var id in list.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out var number))
                return false;
            ids.Add(number);
        }
        return true;
    }
}
