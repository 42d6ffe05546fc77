using RedPacket.Http;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Demo;

/// <summary>How a crowd is doing, or what the last one came to.</summary>
/// <param name="Asked">Grabs that were asked for.</param>
/// <param name="TooLate">Answered emptied or expired.</param>
/// <param name="Failed">Refused, or not answered; nobody asks again.</param>
internal sealed record CrowdView(bool Running, int PerSecond,
    [property: JsonConverter(typeof(WireTime))] DateTimeOffset? StartedAt, [property: JsonConverter(typeof(WireTime))] DateTimeOffset? EndsAt,
    long Asked, long Won, long TooLate, long Failed);

/// <summary>One crowd at a time, which comes at the rate it was told to, however the service does: <c>/demo/crowds</c>, for operators.</summary>
internal sealed class Crowds(DemoNetwork network, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    public const int MostPerSecond = 5000;
    private readonly Lock _lock = new();
    private Crowd? _crowd;

    /// <summary>Zeros when there was none yet.</summary>
    public CrowdView View()
    {
        lock (_lock)
            return _crowd?.View() ?? new CrowdView(false, 0, null, null, 0, 0, 0, 0);
    }

    /// <summary>Starts a crowd; the one before it, if it is still there, goes home.</summary>
    public CrowdView Start(CrowdPlan plan)
    {
        lock (_lock)
        {
            _crowd?.Stop();
            _crowd = new Crowd(plan, network.OwnAddress, clock, lifetime.ApplicationStopping);
            _crowd.Start();
            return _crowd.View();
        }
    }

    public CrowdView Stop()
    {
        lock (_lock)
        {
            _crowd?.Stop();
            return View();
        }
    }
}

internal static class CrowdEndpoints
{
    public static void MapCrowds(this IEndpointRouteBuilder demo)
    {
        var crowds = demo.MapGroup("/crowds").RequireAuthorization(Caller.Operator);
        crowds.MapGet("", (Crowds all) => Results.Json(all.View(), JsonSerializerOptions.Web));
        crowds.MapPost("", Start);
        crowds.MapDelete("", (Crowds all) => Results.Json(all.Stop(), JsonSerializerOptions.Web));
    }

    private static async Task<IResult> Start(HttpContext context, Crowds all)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "perSecond", "seconds", "packets");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryWhole("perSecond", 1, Crowds.MostPerSecond, 500, out var perSecond))
            return new Problem(400, "seconds_out_of_range", $"perSecond is a whole number from 1 to {Crowds.MostPerSecond}.");
        if (!asked.TryWhole("seconds", 1, 3600, 60, out var seconds))
            return new Problem(400, "seconds_out_of_range", "seconds is a whole number from 1 to 3600.");
        if (!asked.TryWhole("packets", 1, 1000, 20, out var packets))
            return new Problem(400, "count_out_of_range", "packets is a whole number from 1 to 1000.");
        return Results.Json(all.Start(new CrowdPlan(perSecond, TimeSpan.FromSeconds(seconds), packets)), JsonSerializerOptions.Web);
    }
}
