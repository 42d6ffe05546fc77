using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Outbox;
using RedPacket.Subscribers.Following;
using RedPacket.Subscribers.Risk;

namespace RedPacket.Subscribers;

/// <summary>The rooms as a program: its HTTP edge and its identities are those of the service.</summary>
internal static class SubscribersHost
{
    public const string Address = "http://localhost:5090";

    private const string UnwatchedFiles = "--hostBuilder:reloadConfigOnChange=false";
    private static readonly Uri s_service = new("http://localhost:5080");

    /// <summary>
    /// Runs until it is stopped. A wrong setting, or an address or path that cannot be used, is a line with the remedy.
    /// </summary>
    public static async Task<int> Run(RoomArguments arguments)
    {
        try
        {
            await using var app = Build(arguments);
            await app.StartAsync();
            Print(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (StartError.Remedy(exception) is { } remedy)
        {
            await Console.Error.WriteLineAsync(remedy);
            return StartError.CodeOf(exception);
        }
    }

    /// <summary>The whole program, not started yet.</summary>
    public static WebApplication Build(RoomArguments arguments, Action<WebApplicationBuilder>? arrange = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = [.. arguments.Settings, UnwatchedFiles],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.AddLogs();
        builder.Services.AddSingleton(TimeProvider.System);
        arrange?.Invoke(builder);
        builder.AddHttpEdge(Address);
        builder.Services.AddIdentity(builder.Configuration).AddApiDescription();
        // A room follows the ledger whether or not somebody may read it.
        builder.Services.PostConfigure<JwtOptions>(jwt => jwt.Required = false);
        builder.Services.AddRooms(builder.Configuration, new FollowingPlan(
            arguments.Rooms, arguments.Start, Path.Combine("data", "rooms"), _ => s_service, BrokerSettings.Read(builder.Configuration)));
        if (Collector.IsSet(builder.Configuration, Collector.Traces))
            builder.Services.AddTraces(builder.Configuration);
        builder.Services.AddMistakes(Mistake(builder.Configuration)).AddMistakes(Collector.Mistakes(builder.Configuration))
            .AddMistakes(SettingNames.Unknown(builder.Configuration));
        var app = builder.Build();
        app.Services.CheckSettings();
        app.UseHttpEdge();
        app.MapFollowing();
        MapHealth(app);
        app.MapApiDescription();
        return app;
    }

    /// <summary>The rooms, in this program or in another host.</summary>
    public static IServiceCollection AddRooms(this IServiceCollection services, IConfiguration configuration, FollowingPlan plan)
    {
        services.AddSettings<RiskOptions>(configuration);
        return services.AddFollowing(configuration, plan);
    }

    // Without a broker the feed is asked. So only an address that cannot be read is a mistake.
    private static string? Mistake(IConfiguration configuration) =>
        string.IsNullOrWhiteSpace(configuration.GetConnectionString("RabbitMq")) ? null : BrokerSettings.Mistake(configuration);

    private static void MapHealth(WebApplication app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().ExcludeFromDescription();
        health.MapGet("/live", () => Results.Ok());
        health.MapGet("/ready", (FollowedRooms rooms) => Results.Json(rooms.States, FollowingJson.Readable.RoomsAnswer));
    }

    private static void Print(WebApplication app)
    {
        var rooms = app.Services.GetRequiredService<FollowedRooms>().Rooms;
        Console.WriteLine($"RedPacket.Subscribers follows {app.Services.GetRequiredService<ServiceAddress>().Read()}");
        foreach (var room in rooms)
            Console.WriteLine($"  {room.Store.Room.Name,-14}{room.Store.Place}");
        foreach (var url in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            Console.WriteLine($"  {"API",-14}{ListenUrls.ToOpen(url).AbsoluteUri.TrimEnd('/')}/scalar");
        var jwt = app.Services.GetRequiredService<IOptions<JwtOptions>>().Value;
        if (jwt.SigningKeys.Length == 0 && jwt.Authority is null)
            Console.WriteLine("Nobody can read the rooms until Jwt:SigningKeys:0 or Jwt:Authority is set. They follow the ledger anyway.");
        Console.WriteLine("Press Ctrl+C to stop.");
    }

    // Only followed shares have spans here, and their request was chosen already.
    private static void AddTraces(this IServiceCollection services, IConfiguration configuration) => services.AddOpenTelemetry()
        .ConfigureResource(resource => Collector.Name(resource, typeof(SubscribersHost).Namespace!))
        .WithTracing(traces => traces.AddSource(Instrumentation.Name).SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter(exporter => Collector.Use(exporter, configuration, Collector.Traces)));
}
