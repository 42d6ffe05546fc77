using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Packets;

namespace RedPacket.Settlement;

internal static class SettlementSetup
{
    /// <summary>
    /// The settle role: the default bus, which only consumes. In memory the relay of this process sends on it too.
    /// </summary>
    public static IServiceCollection AddSettlement(this IServiceCollection services, IConfiguration configuration)
    {
        var broker = BrokerSettings.Read(configuration);
        services.AddMistakes(BrokerSettings.Mistake(configuration)).AddSigningKeysCheck();
        services.AddSettings<SettlementOptions>(configuration);
        services.AddSingleton<PacketEvidence>();
        services.AddSingleton<StaleEntries>();
        services.AddSingleton(provider => new ChunkSigner(provider.GetRequiredService<IOptions<OutboxOptions>>().Value.Keys));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<UnverifiedMessages>(provider, broker));
        services.AddSingleton<FollowedShares>();
        services.AddSingleton<Settler>();
        services.AddMassTransitDefaults();
        services.AddMassTransit(bus =>
        {
            bus.BeQuiet();
            bus.ConfigureHealthCheckOptions(check => check.MinimalFailureStatus = HealthStatus.Degraded);
            bus.AddConsumer<SettleTransfers, SettleTransfersDefinition>();
            bus.AddConsumer<SettleResentTransfers, SettleResentTransfersDefinition>();
            if (broker.IsInMemory)
            {
                bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
            }
            else
            {
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    broker.Configure(rabbit, "redpacket settlement", context.GetRequiredService<ILogger<BrokerSettings>>());
                    rabbit.ConfigureEndpoints(context);
                });
            }
        });
        return services;
    }
}
