using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The settings of a baseline process.</summary>
/// <param name="Kind">sync or publish.</param>
/// <param name="RabbitMq">amqp://…, for publish only.</param>
/// <param name="Ledger">The path of its SQLite file.</param>
/// <param name="Queue">The queue's name, for publish only.</param>
internal sealed record BaselineSettings(string Kind, string Urls, string Redis, string? RabbitMq, string Ledger, string Queue);

/// <summary>A baseline as a program. It has the service's paths and answers, and the same web server.</summary>
internal static class BaselineServer
{
    public const string Sync = "sync";
    public const string Publish = "publish";

    /// <summary>Serves until the process stops.</summary>
    public static async Task<int> Serve(BaselineSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning);
        builder.WebHost.UseUrls(settings.Urls).UseSockets(sockets => sockets.Backlog = 4096);
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, BaselineJson.Default));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(settings.Redis));
        builder.Services.AddSingleton<NaiveStore>();
        builder.Services.AddSingleton(new BaselineLedger(settings.Ledger));
        if (settings.Kind == Sync)
            builder.Services.AddSingleton<BaselineGrab, SyncGrab>();
        else
            AddPublishing(builder.Services, new Uri(settings.RabbitMq!), settings.Queue);
        await using var app = builder.Build();
        Map(app);
        await app.RunAsync();
        return 0;
    }

    private static void AddPublishing(IServiceCollection services, Uri broker, string queue)
    {
        services.AddSingleton<BaselineGrab, PublishGrab>();
        // Wait until the queue is bound. Before that the broker confirms and drops messages.
        services.Configure<MassTransitHostOptions>(host => host.WaitUntilStarted = true);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<WriteGrab>();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(broker.Host, (ushort)broker.Port, "/", host =>
                {
                    host.Username("guest");
                    host.Password("guest");
                    host.PublisherConfirmation = true;
                });
                rabbit.ReceiveEndpoint(queue, endpoint => endpoint.ConfigureConsumer<WriteGrab>(context));
            });
        });
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/health/ready", () => Results.Ok());
        app.MapPost("/api/v1/packets", Send);
        app.MapPost("/api/v1/packets/{packetId}/grabs",
            (BaselineGrab grab, HttpContext context, string packetId) => grab.Handle(context, packetId));
    }

    private static async Task<IResult> Send(BaselineSend send, NaiveStore store)
    {
        var sent = new BaselineSent(await store.Make(send.AmountFen, send.Count, send.ExpiresInSeconds));
        return Results.Json(sent, BaselineJson.Default.BaselineSent, statusCode: StatusCodes.Status201Created);
    }
}
