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
        services.AddSendingBus<IRelayBus>(broker, "redpacket relay");
        // A host that stages faults has already registered another sender here.
        services.TryAddSingleton(provider => new RelaySender(
            Bus<IRelayBus>(provider, broker), broker, provider.GetRequiredService<IOptions<OutboxOptions>>().Value,
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

    /// <summary>A bus that only sends, with its own connection to the server. Without a server there is none.</summary>
    internal static void AddSendingBus<TBus>(this IServiceCollection services, BrokerSettings broker, string connectionName)
        where TBus : class, IBus
    {
        services.AddMassTransitDefaults();
        if (broker.IsInMemory)
            return;
        services.AddMassTransit<TBus>(bus =>
        {
            bus.BeQuiet();
            bus.ConfigureHealthCheckOptions(check => check.MinimalFailureStatus = HealthStatus.Degraded);
            bus.UsingRabbitMq((context, rabbit) => broker.Configure(
                rabbit, connectionName, context.GetRequiredService<ILogger<BrokerSettings>>()));
        });
    }

    /// <summary>
    /// The bus of <see cref="AddSendingBus"/>. In memory it is settlement's, because two buses in memory do not see each
    /// other.
    /// </summary>
    internal static IBus Bus<TBus>(IServiceProvider provider, BrokerSettings broker) where TBus : class, IBus =>
        broker.IsInMemory ? provider.GetRequiredService<IBus>() : provider.GetRequiredService<TBus>();
}
