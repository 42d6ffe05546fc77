using RedPacket.Http;

namespace RedPacket.Operations;

/// <summary><c>/health/live</c>: the process runs. <c>/health/ready</c>: it can do its work.</summary>
internal static class HealthEndpoints
{
    private const string ReadyExample = """
        {"status":"degraded","roles":["grab"],"parts":{"store":{"status":"up"},"durability":{"status":"up"},"gate":{"status":"up"},
        "bus":{"status":"down","detail":"masstransit-bus: not ready"},"outbox":{"status":"up"}}}
        """;

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new Liveness("live"), OperationsJson.Default.Liveness))
            .WithSummary("Whether the process runs").WithTags("Operations").WithAnswer(200, """{"status":"live"}""");
        app.MapGet("/health/ready", Ready)
            .WithSummary("Whether this process can do the work of its roles, part by part").WithTags("Operations")
            .WithAnswer(200, ReadyExample).WithAnswer(503, ReadyExample.Replace("degraded", "unready", StringComparison.Ordinal));
    }

    private static async Task<IResult> Ready(HealthReader reader, ProcessRoles roles, IHostApplicationLifetime lifetime)
    {
        var readiness = Readiness.Judge(roles, await reader.Look(), lifetime.ApplicationStopping.IsCancellationRequested);
        return Results.Json(readiness, OperationsJson.Default.Readiness, statusCode: readiness.IsReady ? 200 : 503);
    }
}

/// <summary>The body of <c>/health/live</c>.</summary>
internal sealed record Liveness(string Status);
