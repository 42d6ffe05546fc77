using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Outbox;

internal static class OutboxSetup
{
    /// <summary>
    /// For every process: options, acknowledgement, the depth of the outbox, and the (perhaps empty) state of the
    /// relay.
    /// </summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<OutboxOptions>(configuration);
        services.AddSingleton<OutboxAcknowledgement>();
        services.AddSingleton<OutboxDepth>();
        services.AddSingleton<RelayStatus>();
        return services;
    }

    /// <summary>
    /// The relay role. In memory it sends on settlement's bus, so both roles must be on in the same process.
    /// </summary>
    public static IServiceCollection AddRelay(this IServiceCollection services, IConfiguration configuration)
    {
        var broker = BrokerSettings.Read(configuration);
        services.AddMistakes(BrokerSettings.Mistake(configuration)).AddSigningKeysCheck();
        services.AddMassTransitDefaults();
        if (!broker.IsInMemory)
        {
            services.AddMassTransit<IRelayBus>(bus =>
            {
                bus.BeQuiet();
                bus.ConfigureHealthCheckOptions(check => check.MinimalFailureStatus = HealthStatus.Degraded);
                bus.UsingRabbitMq((context, rabbit) => broker.Configure(
                    rabbit, "redpacket relay", context.GetRequiredService<ILogger<BrokerSettings>>()));
            });
        }
        // A host that stages faults has already registered another sender here.
        services.TryAddSingleton(provider => new RelaySender(
            Bus(provider, broker), broker, provider.GetRequiredService<IOptions<OutboxOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ShardLoops>();
        services.AddSingleton<OutboxReader>();
        services.AddSingleton<BrokerAvailability>();
        services.AddSingleton<RedisAvailability>();
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<RelayContext>(provider, provider.GetRequiredService<IOptions<OutboxOptions>>().Value));
        // After the bus: what is started last is stopped first.
        services.AddHostedService<Relay>();
        return services;
    }

    /// <summary>For the roles that sign and verify messages.</summary>
    internal static void AddSigningKeysCheck(this IServiceCollection services) =>
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OutboxOptions>, SigningKeysCheck>());

    /// <summary>
    /// Holds for every bus of the process: it never delays a start, stops soon, and is silent unless something is
    /// wrong.
    /// </summary>
    internal static void AddMassTransitDefaults(this IServiceCollection services)
    {
        services.AddLogging(logging => logging.AddFilter("MassTransit", LogLevel.Warning));
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.ConsumerStopTimeout = TimeSpan.FromSeconds(1);
            host.StopTimeout = TimeSpan.FromSeconds(2);
        });
    }

    /// <summary>No usage figures are sent anywhere.</summary>
    internal static void BeQuiet(this IBusRegistrationConfigurator bus) => bus.DisableUsageTelemetry();

    /// <summary>The bus that the relay sends on.</summary>
    internal static IBus Bus(IServiceProvider provider, BrokerSettings broker) =>
        broker.IsInMemory ? provider.GetRequiredService<IBus>() : provider.GetRequiredService<IRelayBus>();
}
