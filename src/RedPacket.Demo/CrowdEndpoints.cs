using System.Text.Json;
using RedPacket.Http;

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
        var (body, refusal) = await JsonBody.Read(context.Request, "perSecond", "seconds", "packets", "stages");
        if (body is not { } request)
            return refusal!;
        if (!request.TryInteger("perSecond", 1, CrowdRunner.MaxPerSecond, 500, out var perSecond))
            return new Problem(400, "seconds_out_of_range", Expected.Text(request, "perSecond", 1, CrowdRunner.MaxPerSecond));
        if (!request.TryInteger("seconds", 1, 3600, 60, out var seconds))
            return new Problem(400, "seconds_out_of_range", Expected.Text(request, "seconds", 1, 3600));
        if (!request.TryInteger("packets", 1, 1000, 20, out var packets))
            return new Problem(400, "count_out_of_range", Expected.Text(request, "packets", 1, 1000));
        var (shape, length) = (RateShape.Constant(perSecond), TimeSpan.FromSeconds(seconds));
        if (request.TryGetProperty("stages", out var stages))
        {
            if (ReadStages(request, stages, out var read) is { } wrong)
                return new Problem(400, "seconds_out_of_range", wrong);
            (shape, length) = (read!, read!.Length);
        }
        return Results.Json(runner.Start(new CrowdPlan(shape, length, packets)), JsonSerializerOptions.Web);
    }

    /// <summary>Returns what is wrong with the stages, or null.</summary>
    private static string? ReadStages(JsonElement request, JsonElement stages, out RateShape? shape)
    {
        shape = null;
        if (request.TryGetProperty("perSecond", out _) || request.TryGetProperty("seconds", out _))
            return "stages hold the rates and the time. Leave perSecond and seconds out.";
        if (stages.ValueKind != JsonValueKind.String)
            return "stages must be a text, for example \"0:100,10s:1500,20s:100\".";
        if (!RateShape.TryParse(stages.GetString()!, out shape, out var error))
            return error;
        return shape.Peak > CrowdRunner.MaxPerSecond || shape.Length > CrowdRunner.MaxLength
            ? $"stages may last {CrowdRunner.MaxLength.TotalSeconds} s, with at most {CrowdRunner.MaxPerSecond} grabs per second."
            : null;
    }
}
