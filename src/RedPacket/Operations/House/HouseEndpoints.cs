using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Operations;

/// <summary>The operators' calls about the house as a whole: role reconcile.</summary>
internal sealed class HouseEndpoints(HouseReader reader, HouseRecord record)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1/house").RequireAuthorization(Caller.Operator).WithTags("Operations");
        operators.MapGet("", (HouseEndpoints calls, CancellationToken cancellation) => calls.Answer(cancellation))
            .WithSummary("The shards with their gates, outboxes and Redis servers, the position of the ledger, processes and subscribers.")
            .WithHouse()
            .WithProblems("gate_closed", "ledger_unavailable");
        operators.MapPost("/shards", (HouseEndpoints calls, HttpContext context) => calls.Raise(context))
            .WithSummary("Raise the number of shards. It never falls. New packets spread over all of them when they are in force.")
            .WithRequest("""{"count":2}""", "count")
            .WithHouse("The house. raisingTo is null when the number is in force already.")
            .WithProblems("count_out_of_range", "shards_not_lowered", "raise_under_way", "gate_closed", "ledger_unavailable");
        MapPause(operators);
    }

    private static void MapPause(IEndpointRouteBuilder operators)
    {
        operators.MapPut("/pause", (HouseEndpoints calls, HttpContext context) => calls.Pause(context))
            .WithSummary("Pause settlement: no entry of the queues is recorded until it is resumed. Grabs go on, and the outbox grows.")
            .WithRequest("""{"reason":"the backup is being checked"}""", "reason")
            .WithHouse("The house. A second pause changes nothing.")
            .WithProblems("reason_invalid", "gate_closed", "ledger_unavailable");
        operators.MapDelete("/pause", (HouseEndpoints calls, HttpContext context) => calls.Resume(context))
            .WithSummary("Resume settlement. Doing it twice does it once.")
            .WithHouse()
            .WithProblems("gate_closed", "ledger_unavailable");
    }

    private async Task<IResult> Pause(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "reason");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryReason("reason", out var reason))
            return JsonBody.ReasonInvalid;
        await record.Pause(Actor.Of(context.ForAudit()), reason, context.RequestAborted);
        return await Answer(context.RequestAborted);
    }

    private async Task<IResult> Resume(HttpContext context)
    {
        await record.Resume(Actor.Of(context.ForAudit()), context.RequestAborted);
        return await Answer(context.RequestAborted);
    }

    private async Task<IResult> Answer(CancellationToken cancellation) =>
        Results.Json(await reader.Read(cancellation), OperationsJson.Readable.HouseAnswer);

    private async Task<IResult> Raise(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "count");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryInteger("count", 1, PacketId.MostShards, 0, out var count) || count == 0)
            return new Problem(400, "count_out_of_range", $"count must be a whole number of shards, 1 to {PacketId.MostShards}.");
        var actor = Actor.Of(context.ForAudit());
        while (true)
        {
            var house = await reader.Shards(context.RequestAborted);
            if (count < house.Wanted)
                return new Problem(409, "shards_not_lowered",
                    $"The house has {house.Wanted} shards, and their number never falls: packets stay in their shard.");
            if (count > house.Wanted && house.IsRaising)
                return new Problem(409, "raise_under_way",
                    $"The shards are being raised to {house.Wanted}. Ask again when GET /api/v1/house says that raisingTo is null.");
            if (count == house.Wanted || await record.Raise(actor, house.Wanted, count, context.RequestAborted))
                return await Answer(context.RequestAborted);
        }
    }
}
