using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RedPacket.Peers;

/// <summary>The settings of a peer.</summary>
/// <param name="Ledger">The file of its SQLite database, or the connection string of PostgreSQL.</param>
/// <param name="Redis">The address; empty for a peer without Redis.</param>
/// <param name="RabbitMq">amqp://…; empty for a peer without a broker.</param>
/// <param name="Queue">The queue's name.</param>
internal sealed record PeerSettings(string Urls, string Ledger, string Redis, string RabbitMq, string Queue);

/// <summary>A peer as a program. It has the service's paths and answers, and the same web server.</summary>
internal static class PeerServer
{
    private static long s_inFlight;

    /// <summary>What each peer adds to the program, by the word that starts it.</summary>
    public static IReadOnlyDictionary<string, Action<WebApplicationBuilder, PeerSettings>> Kinds { get; } =
        new Dictionary<string, Action<WebApplicationBuilder, PeerSettings>>
        {
            ["row"] = RowInRequest.Add,
            ["message"] = MessagePerGrab.Add,
            ["postgres"] = PostgresAlone.Add,
            ["masstransit"] = MassTransitBatch.Add,
            ["wolverine"] = WolverineOutbox.Add,
        };

    /// <summary>Serves until the process stops.</summary>
    public static async Task<int> Serve(string kind, PeerSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(settings.Urls).UseSockets(sockets => sockets.Backlog = 4096);
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, PeerJson.Default));
        builder.Services.AddSingleton(TimeProvider.System);
        if (settings.Redis.Length > 0)
        {
            builder.Services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(settings.Redis));
            builder.Services.AddSingleton<NaiveStore>();
        }
        Kinds[kind](builder, settings);
        await using var app = builder.Build();
        app.MapGet("/health/ready", () => Results.Ok());
        // Also those whose caller has gone. The tool waits for them.
        app.MapGet("/in-flight", () => Interlocked.Read(ref s_inFlight));
        app.MapPost("/api/v1/packets", Send);
        app.MapPost("/api/v1/packets/{packetId}/grabs", Grab);
        await app.RunAsync();
        return 0;
    }

    private static async Task<Grant> Counted(Peer peer, string packetId, string userId)
    {
        Interlocked.Increment(ref s_inFlight);
        try
        {
            return await peer.Grab(packetId, userId);
        }
        finally
        {
            Interlocked.Decrement(ref s_inFlight);
        }
    }

    private static async Task<IResult> Send(PeerSend send, Peer peer)
    {
        var sent = new PeerSent(await peer.Send(send.AmountFen, send.Count, send.ExpiresInSeconds));
        return Results.Json(sent, PeerJson.Default.PeerSent, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Grab(string packetId, HttpContext context, Peer peer)
    {
        if ((string?)context.Request.Headers["X-User-Id"] is not { Length: > 0 } userId)
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        var grant = await Counted(peer, packetId, userId);
        switch (grant.Status)
        {
            case GrantStatus.Again:
                context.Response.Headers["Idempotent-Replayed"] = "true";
                goto case GrantStatus.Won;
            case GrantStatus.Won:
                return Results.Json(PeerWonAnswer.Of(packetId, userId, grant), PeerJson.Default.PeerWonAnswer);
            case GrantStatus.Unknown:
                return Results.StatusCode(StatusCodes.Status404NotFound);
            case GrantStatus.Failed:
                return Results.StatusCode(StatusCodes.Status500InternalServerError);
            default:
                var outcome = grant.Status == GrantStatus.Emptied ? "emptied" : "expired";
                return Results.Json(new PeerLateAnswer(packetId, userId, outcome), PeerJson.Default.PeerLateAnswer);
        }
    }
}
