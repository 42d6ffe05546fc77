using RedPacket.Http;
using System.Text.Json;

namespace RedPacket.Demo;

/// <summary><c>/demo/crowds</c>, for operators.</summary>
internal static class CrowdEndpoints
{
    public static void MapCrowds(this IEndpointRouteBuilder demo)
    {
        var crowds = demo.MapGroup("/crowds").RequireAuthorization(Caller.Operator);
        crowds.MapGet("", (CrowdRunner runner) => Results.Json(runner.View(), JsonSerializerOptions.Web));
        crowds.MapPost("", Start);
        crowds.MapDelete("", (CrowdRunner runner) => Results.Json(runner.Stop(), JsonSerializerOptions.Web));
    }

    private static async Task<IResult> Start(HttpContext context, CrowdRunner runner)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "perSecond", "seconds", "packets");
        if (body is not { } request)
            return refusal!;
        if (!request.TryInteger("perSecond", 1, CrowdRunner.MaxPerSecond, 500, out var perSecond))
            return new Problem(400, "seconds_out_of_range", Expected.Text(request, "perSecond", 1, CrowdRunner.MaxPerSecond));
        if (!request.TryInteger("seconds", 1, 3600, 60, out var seconds))
            return new Problem(400, "seconds_out_of_range", Expected.Text(request, "seconds", 1, 3600));
        if (!request.TryInteger("packets", 1, 1000, 20, out var packets))
            return new Problem(400, "count_out_of_range", Expected.Text(request, "packets", 1, 1000));
        return Results.Json(runner.Start(new CrowdPlan(perSecond, TimeSpan.FromSeconds(seconds), packets)), JsonSerializerOptions.Web);
    }
}
