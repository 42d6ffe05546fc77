using RedPacket.Http;

namespace RedPacket.Operations;

/// <summary><c>/health/live</c>: the process runs. <c>/health/ready</c>: the process can do its work.</summary>
internal static class HealthEndpoints
{
    private const string ReadyExample = """
        {"status":"ready","roles":["settle"],"parts":{"store":{"status":"up"},"durability":{"status":"up"},"gate":{"status":"up"},
        "bus":{"status":"up"},"ledger":{"status":"up"},"outbox":{"status":"up"}}}
        """;

    private const string DegradedExample = """
        {"status":"degraded","roles":["grab"],"parts":{"store":{"status":"up"},
        "durability":{"status":"degraded",
        "detail":"last second may be lost: appendonly yes, appendfsync everysec, maxmemory-policy noeviction"},
        "gate":{"status":"up"},"bus":{"status":"down","detail":"masstransit-bus: not ready"},
        "outbox":{"status":"degraded","detail":"2000 entries are in flight to the ledger, the oldest for 75 s."}}}
        """;

    private const string UnreadyExample = """
        {"status":"unready","roles":["grab"],"parts":{"store":{"status":"down","detail":"Redis did not answer within a second (store)."},
        "durability":{"status":"down","detail":"Redis has not answered yet"},
        "gate":{"status":"down","detail":"Redis did not answer within a second (gate)."},
        "outbox":{"status":"down","detail":"Redis did not answer within a second (outbox)."}}}
        """;

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new Liveness("live"), OperationsJson.Readable.Liveness)).AllowAnonymous()
            .WithTags("Operations").WithSummary("Whether the process runs.").WithAnswer(200, """{"status":"live"}""");
        app.MapGet("/health/ready", Ready).AllowAnonymous()
            .WithTags("Operations").WithSummary("Whether this process can do the work of its roles, part by part.")
            .WithAnswer(200, ReadyExample, name: "ready",
                description: "ready, or degraded: the process can work, but a part needs attention.")
            .WithAnswer(200, DegradedExample, name: "degraded")
            .WithAnswer(503, UnreadyExample, description: "unready: a part is down that one of the roles needs; or stopping.");
    }

    private static async Task<IResult> Ready(HealthReader reader, ProcessRoles roles, IHostApplicationLifetime lifetime)
    {
        var readiness = Readiness.Judge(roles, await reader.Look(), lifetime.ApplicationStopping.IsCancellationRequested);
        return Results.Json(readiness, OperationsJson.Readable.Readiness, statusCode: readiness.IsReady ? 200 : 503);
    }
}

/// <summary>The body of <c>/health/live</c>.</summary>
internal sealed record Liveness(string Status);
