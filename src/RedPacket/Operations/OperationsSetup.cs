using RedPacket.Http;
using RedPacket.Pages;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace RedPacket.Operations;

/// <summary>What those who keep the service running need. Uses all rooms; no room uses it.</summary>
internal static class OperationsSetup
{
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LastVerdict>();
        services.AddOptions<RedisOptions>().Bind(configuration.GetSection(RedisOptions.Section)).ValidateOnStart();
        services.AddSingleton<ProcessRoles>().AddSingleton<StoreSampler>().AddSingleton<InfoReader>().AddSingleton<HealthReader>();
        services.AddSingleton<ProcessorUse>().AddSingleton<LiveReader>();
        services.AddSingleton<LiveSampler>().AddHostedService(provider => provider.GetRequiredService<LiveSampler>());
        services.AddSingleton<StoreGuard>().AddHostedService(provider => provider.GetRequiredService<StoreGuard>());
        services.AddSingleton<StoreWatch>().AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddSingleton<PageFiles>().AddHealthChecks();
        services.AddTelemetry(configuration);
        services.AddApiDescription();
        return services;
    }

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        // Made here, because nobody else asks for them.
        _ = app.ServiceProvider.GetRequiredService<Gauges>();
        _ = app.ServiceProvider.GetRequiredService<PageFiles>();
        app.MapHealth();
        app.MapInfo();
        app.MapLive();
        app.MapPrometheusScrapingEndpoint("/metrics").ExcludeFromDescription();
        app.MapApiDescription();
        app.MapScalarPage();
        app.MapPages();
    }
}
