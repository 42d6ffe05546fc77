using Microsoft.Extensions.DependencyInjection.Extensions;
using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>Health, info, live numbers, metrics and traces. It uses all rooms, and no room uses it.</summary>
internal static class OperationsSetup
{
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        var roles = new ProcessRoles(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMistakes([roles.Mistake]);
        services.AddSettings<RedisOptions>(configuration);
        services.AddSettings<ProcessOptions>(configuration);
        services.AddSingleton(roles).AddSingleton<StoreSampler>().AddSingleton<InfoReader>().AddSingleton<HealthReader>();
        services.AddSingleton<GateReader>().AddSingleton<ProcessorUse>().AddSingleton<LiveReader>();
        services.AddSingleton<LiveSampler>().AddHostedService(provider => provider.GetRequiredService<LiveSampler>());
        services.AddSingleton<StoreGuard>().AddHostedService(provider => provider.GetRequiredService<StoreGuard>());
        services.AddSingleton<StoreWatch>().AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddHealthChecks();
        services.AddTelemetry(configuration);
        return services;
    }

    /// <summary>The calls about the house: role reconcile.</summary>
    public static IServiceCollection AddHouse(this IServiceCollection services) =>
        services.AddSingleton<HouseProcesses>().AddSingleton<HouseReader>().AddSingleton<HouseEndpoints>();

    public static void MapHouse(this IEndpointRouteBuilder app) => HouseEndpoints.Map(app);

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        // Gauges register themselves with the meter when they are made. No other type asks for them.
        _ = app.ServiceProvider.GetRequiredService<Gauges>();
        app.MapHealth();
        app.MapInfo();
        app.MapLive();
        app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous().ExcludeFromDescription();
    }
}
