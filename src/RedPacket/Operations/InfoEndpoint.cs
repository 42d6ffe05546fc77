using RedPacket.Http;

namespace RedPacket.Operations;

/// <summary><c>GET /api/v1/info</c>: what runs here, and how much of its data survives a power cut.</summary>
internal static class InfoEndpoint
{
    private const string Example = """
        {"version":"0.1.0","roles":["grab","relay","settle","reconcile","announce"],"forwards":[],"subscribers":false,
        "store":{"kind":"Redis","version":"7.0.15","durable":false,"durability":"last second may be lost",
        "detail":"appendonly yes, appendfsync everysec, maxmemory-policy noeviction"},
        "bus":{"kind":"RabbitMQ","version":null,"durable":true,"durability":"durable",
        "detail":"durable queues, and what it loses is sent again from the outbox"},
        "ledger":{"kind":"SQLite","version":"3.50.4","durable":true,"durability":"durable","detail":"write-ahead log, synchronous FULL"},
        "banner":["store  Redis 7.0.15: last second may be lost (appendonly yes, appendfsync everysec, maxmemory-policy noeviction)"],
        "limits":{"maxAmountFen":20000000,"maxCount":100000,"maxGreeting":100,"minExpirySeconds":10,"maxExpirySeconds":604800}}
        """;

    private const string RelayExample = """
        {"version":"0.1.0","roles":["relay"],"forwards":["grab","reconcile"],"subscribers":false,
        "store":{"kind":"Redis","version":null,"durable":false,"durability":"unknown","detail":"Redis has not answered yet"},
        "bus":{"kind":"RabbitMQ","version":null,"durable":true,"durability":"durable",
        "detail":"durable queues, and what it loses is sent again from the outbox"},
        "ledger":{"kind":"none in this process","version":null,"durable":false,"durability":"unknown","detail":"no role here needs it"},
        "banner":["store  Redis: unknown (Redis has not answered yet)"],
        "limits":{"maxAmountFen":20000000,"maxCount":100000,"maxGreeting":100,"minExpirySeconds":10,"maxExpirySeconds":604800}}
        """;

    public static void MapInfo(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/info", async (InfoReader reader, CancellationToken cancellation) =>
                Results.Json(await reader.Read(cancellation), OperationsJson.Readable.ServiceInfo)).AllowAnonymous()
            .WithTags("Operations")
            .WithSummary("Version, roles and the limits of a packet; what store, bus and ledger are, and whether they are durable.")
            .WithAnswer(200, Example, name: "all").WithAnswer(200, RelayExample, name: "relay");
}
