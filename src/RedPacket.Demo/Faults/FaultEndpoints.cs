using RedPacket.Http;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;

namespace RedPacket.Demo.Faults;

/// <summary>A fault as its button shows it. The times are null while it is not staged, <paramref name="Why"/> unless it cannot be.</summary>
internal sealed record FaultView(string Id, bool Active,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? StartedAt, [property: JsonConverter(typeof(WireTime))] DateTimeOffset? EndsAt,
    FaultSeconds Seconds, bool Available, string? Why);

/// <summary>All of them.</summary>
internal sealed record FaultViews(IReadOnlyList<FaultView> Faults);

/// <summary><c>/demo/faults</c>, for operators.</summary>
internal static class FaultEndpoints
{
    public static void MapFaults(this IEndpointRouteBuilder demo)
    {
        var faults = demo.MapGroup("/faults").RequireAuthorization(Caller.Operator);
        faults.MapGet("", (FaultScheduler desk) => Results.Json(new FaultViews([.. desk.All.Select(fault => View(desk, fault))]), JsonSerializerOptions.Web));
        faults.MapPost("/{id}", Begin);
        faults.MapDelete("/{id}", async (FaultScheduler desk, string id) =>
        {
            if (Find(desk, id) is not { } fault)
                return NotFound(desk);
            await desk.End(fault);
            return Results.Json(View(desk, fault), JsonSerializerOptions.Web);
        });
    }

    private static async Task<IResult> Begin(HttpContext context, FaultScheduler desk, string id)
    {
        if (Find(desk, id) is not { } fault)
            return NotFound(desk);
        var (body, refusal) = await JsonBody.Read(context.Request, "seconds");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryWhole("seconds", fault.Seconds.Min, fault.Seconds.Max, fault.Seconds.Default, out var seconds))
            return new Problem(400, "seconds_out_of_range", $"seconds is a whole number from {fault.Seconds.Min} to {fault.Seconds.Max}.");
        if (fault.WhyNot is { } why)
            return new Problem(409, "not_available", why);
        try
        {
            await desk.Begin(fault, TimeSpan.FromSeconds(seconds), context.RequestAborted);
        }
        catch (SqliteException exception)
        {
            return new Problem(503, "ledger_unavailable", $"The ledger is away already: {exception.Message}", TimeSpan.FromSeconds(1));
        }

        return Results.Json(View(desk, fault), JsonSerializerOptions.Web);
    }

    private static FaultView View(FaultScheduler desk, Fault fault)
    {
        var active = desk.Active(fault);
        return new FaultView(fault.Id, active is not null, active?.StartedAt, active?.EndsAt, fault.Seconds, fault.WhyNot is null, fault.WhyNot);
    }

    private static Fault? Find(FaultScheduler desk, string id) => desk.All.FirstOrDefault(fault => fault.Id == id);

    private static Problem NotFound(FaultScheduler desk) => new(404, "not_found", $"The faults are {string.Join(", ", desk.All.Select(fault => fault.Id))}.");
}
