using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// The operators' calls that act on what a report shows: repairs, parked entries, replays, corrections.
/// </summary>
internal sealed class RepairEndpoints(
    MissingEntryRepair repair, TotalsRebuild totals, LedgerTotals sums, ParkedReader parked, Replay replay, Correction correction,
    Dismissal dismissal, PaymentAcknowledgement acknowledgement, ParkedGroups groups)
{
    private static readonly string[] s_reasons = [ParkReason.Unreadable, ParkReason.Conflict, ParkReason.Refused, ParkReason.KeyTaken];

    /// <summary><c>POST /api/v1/consistency/repairs</c>. A dry run unless <c>dryRun</c> is false.</summary>
    public async Task<IResult> Repair(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "dryRun", "totals");
        if (body is not { } asked)
            return refusal!;
        var dryRun = asked.Flag("dryRun", true, out var isDryRunValid);
        var withTotals = asked.Flag("totals", false, out var areTotalsValid);
        if (!isDryRunValid || !areTotalsValid)
            return JsonBody.Invalid("dryRun and totals must be true or false.");
        var answer = await repair.Everything(Actor.Of(context.ForAudit()), dryRun, context.RequestAborted);
        return await UnlessRefused(async () => Results.Json(
            withTotals ? answer with { Accounts = await Accounts(context, dryRun) } : answer, RepairsJson.Readable.RepairAnswer));
    }

    /// <summary><c>GET /api/v1/parked?reason=&amp;resolved=&amp;unacknowledged=&amp;after=&amp;limit=</c></summary>
    public async Task<IResult> Parked(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var filter = new ParkedFilter(query.OneOf("reason", s_reasons), query.Flag("resolved"), query.Flag("unacknowledged"));
        var after = query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = query.Limit();
        if (query.Refusal is { } refusal)
            return refusal;
        return Results.Json(await parked.Page(filter, after, limit, context.RequestAborted), RepairsJson.Readable.ParkedPage);
    }

    /// <summary><c>GET /api/v1/parked/groups</c></summary>
    public async Task<IResult> Groups(HttpContext context) =>
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        Results.Json(
            await Task.Run(() => groups.Read(context.RequestAborted), context.RequestAborted), RepairsJson.Readable.ParkedGroupList);

    /// <summary><c>GET /api/v1/parked/{id}</c></summary>
    public async Task<IResult> OneParked(HttpContext context, string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && await parked.One(number, context.RequestAborted) is { } one
            ? Results.Json(one, RepairsJson.Readable.ParkedDetail)
            : new Problem(404, "parked_unknown", "No entry was ever parked under this id, or the ledger has recorded it since.");

    /// <summary><c>POST /api/v1/parked/replays</c></summary>
    public async Task<IResult> Replay(HttpContext context)
    {
        var (asked, refusal) = await Which(context.Request, "ids", "all");
        if (refusal is not null)
            return refusal;
        return await UnlessRefused(async () => Results.Json(
            await replay.Run(Actor.Of(context.ForAudit()), asked!.Ids, context.RequestAborted), RepairsJson.Readable.ReplayAnswer));
    }

    /// <summary>
    /// <c>POST /api/v1/parked/corrections</c>. It pays money that nobody takes back, so it is a dry run unless
    /// <c>dryRun</c> is false.
    /// </summary>
    public async Task<IResult> Correct(HttpContext context)
    {
        var (asked, refusal) = await Which(context.Request, "ids", "all", "dryRun");
        if (refusal is not null)
            return refusal;
        return await UnlessRefused(async () => Results.Json(
            await correction.Run(Actor.Of(context.ForAudit()), asked!.Ids, asked.DryRun, context.RequestAborted),
            RepairsJson.Readable.CorrectionAnswer));
    }

    /// <summary><c>POST /api/v1/parked/dismissals</c></summary>
    public async Task<IResult> Dismiss(HttpContext context)
    {
        var (body, unread) = await JsonBody.Read(context.Request, "ids", "reason");
        if (body is not { } asked)
            return unread!;
        if (!asked.TryGetProperty("ids", out var list) || !JsonBody.TryIds(list, out var ids) || ids.Count is 0 or > Dismissal.Most)
            return JsonBody.Invalid($"Send ids, an array of 1 to {Dismissal.Most} ids of parked entries, and reason.");
        if (!asked.TryReason("reason", out var reason))
            return JsonBody.ReasonInvalid;
        var (answer, refusal) = await dismissal.Run(Actor.Of(context.ForAudit()), ids, reason, context.RequestAborted);
        return refusal as IResult ?? Results.Json(answer, RepairsJson.Readable.DismissalAnswer);
    }

    /// <summary><c>POST /api/v1/parked/acknowledgements</c></summary>
    public async Task<IResult> Acknowledge(HttpContext context)
    {
        var (asked, refusal) = await Which(context.Request, "ids", "all");
        return refusal as IResult ?? Results.Json(
            await acknowledgement.Run(Actor.Of(context.ForAudit()), asked!.Ids, context.RequestAborted),
            RepairsJson.Readable.AcknowledgementAnswer);
    }

    // A refusal is no outage: the same call would be refused again.
    private static async Task<IResult> UnlessRefused(Func<Task<IResult>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (LedgerOutage.IsRefusal(exception))
        {
            return new Problem(409, "totals_refused",
                "A row breaks a rule of the ledger, so the ledger was left as it is. Look at the report first.");
        }
    }

    private async Task<IReadOnlyList<AccountDifference>> Accounts(HttpContext context, bool dryRun) => dryRun
        ? (await sums.Read(full: true, context.RequestAborted)).Accounts
        : await totals.Run(Actor.Of(context.ForAudit()), context.RequestAborted);

    /// <summary>Which parked entries are meant; null: all of them.</summary>
    private sealed record ParkedSelection(IReadOnlyList<long>? Ids, bool DryRun);

    private static async Task<(ParkedSelection? Asked, Problem? Refusal)> Which(HttpRequest request,
        params string[] members)
    {
        var (body, refusal) = await JsonBody.Read(request, members);
        if (body is not { } asked)
            return (null, refusal);
        var all = asked.Flag("all", false, out var isAllValid);
        var dryRun = asked.Flag("dryRun", true, out var isDryRunValid);
        var named = asked.TryGetProperty("ids", out var list);
        if (!isAllValid || !isDryRunValid || named == all || !JsonBody.TryIds(list, out var ids))
            return (null, JsonBody.Invalid("Send either ids, an array of ids of parked entries, or all: true. dryRun is true or false."));
        return (new ParkedSelection(all ? null : ids, dryRun), null);
    }
}
