using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using RedPacket.Http;

namespace RedPacket.Demo.Faults;

/// <summary>
/// A fault and its state. The times are null unless it is active. <paramref name="Why"/> is null if it is available.
/// </summary>
internal sealed record FaultView(string Id, bool Active,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? StartedAt,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? EndsAt,
    FaultSeconds Seconds, bool Available, string? Why);

/// <summary>The body of <c>GET /demo/faults</c>.</summary>
internal sealed record FaultViews(IReadOnlyList<FaultView> Faults);

/// <summary><c>/demo/faults</c>, for operators.</summary>
internal static class FaultEndpoints
{
    public static void MapFaults(this IEndpointRouteBuilder demo)
    {
        var faults = demo.MapGroup("/faults").RequireAuthorization(Caller.Operator);
        faults.MapGet("", (FaultScheduler scheduler) =>
            Results.Json(new FaultViews([.. scheduler.All.Select(fault => View(scheduler, fault))]), JsonSerializerOptions.Web));
        faults.MapPost("/{id}", Begin);
        faults.MapDelete("/{id}", async (FaultScheduler scheduler, string id) =>
        {
            if (Find(scheduler, id) is not { } fault)
                return NotFound(scheduler);
            await scheduler.End(fault);
            return Results.Json(View(scheduler, fault), JsonSerializerOptions.Web);
        });
    }

    private static async Task<IResult> Begin(HttpContext context, FaultScheduler scheduler, string id)
    {
        if (Find(scheduler, id) is not { } fault)
            return NotFound(scheduler);
        var (body, refusal) = await JsonBody.Read(context.Request, "seconds");
        if (body is not { } request)
            return refusal!;
        var limits = fault.Seconds;
        if (!request.TryInteger("seconds", limits.Min, limits.Max, limits.Default, out var seconds))
            return new Problem(400, "seconds_out_of_range", Expected.Text(request, "seconds", limits.Min, limits.Max));
        if (fault.UnavailableReason is { } reason)
            return new Problem(409, "not_available", reason);
        try
        {
            await scheduler.Begin(fault, TimeSpan.FromSeconds(seconds), context.RequestAborted);
        }
        catch (SqliteException exception)
        {
            var detail = $"The ledger is already unavailable: {exception.Message}";
            return new Problem(503, "ledger_unavailable", detail, TimeSpan.FromSeconds(1));
        }

        return Results.Json(View(scheduler, fault), JsonSerializerOptions.Web);
    }

    private static FaultView View(FaultScheduler scheduler, Fault fault)
    {
        var active = scheduler.Active(fault);
        var reason = fault.UnavailableReason;
        return new FaultView(fault.Id, active is not null, active?.StartedAt, active?.EndsAt, fault.Seconds, reason is null, reason);
    }

    private static Fault? Find(FaultScheduler scheduler, string id) =>
        scheduler.All.FirstOrDefault(fault => fault.Id == id);

    private static Problem NotFound(FaultScheduler scheduler) =>
        new(404, "not_found", $"The faults are {string.Join(", ", scheduler.All.Select(fault => fault.Id))}.");
}
