using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace RedPacket.Peers;

/// <summary>
/// The request publishes one confirmed message per grab, for as long as the broker needs. A batch consumer writes up to
/// 500 messages with one statement into PostgreSQL, and a message that comes twice changes nothing.
/// </summary>
internal sealed class MassTransitBatch(NaiveStore store, IBus bus) : RedisPeer(store)
{
    public static void Add(WebApplicationBuilder builder, PeerSettings settings)
    {
        builder.Services.AddSingleton(new PostgresTable(settings.Ledger)).AddSingleton<Peer, MassTransitBatch>();
        builder.Services.AddRabbit<WriteGrabs>(
            settings,
            endpoint =>
            {
                endpoint.PrefetchCount = 2000;
                endpoint.UseMessageRetry(retry => retry.Intervals(200, 500, 1000, 2000, 5000, 10_000));
            },
            consumer => consumer.Options<BatchOptions>(
                batch => batch.SetMessageLimit(500).SetTimeLimit(TimeSpan.FromMilliseconds(100)).SetConcurrencyLimit(2)));
    }

    protected override async Task<bool> Record(GrabAccepted grab)
    {
        await bus.Publish(grab);
        return true;
    }
}

/// <summary>Writes a batch of messages.</summary>
internal sealed class WriteGrabs(PostgresTable table) : IConsumer<Batch<GrabAccepted>>
{
    public Task Consume(ConsumeContext<Batch<GrabAccepted>> context) =>
        table.Add([.. context.Message.Select(message => message.Message)]);
}

/// <summary>The bus of the peers that use MassTransit.</summary>
internal static class MassTransitSetup
{
    public static void AddRabbit<TConsumer>(this IServiceCollection services, PeerSettings settings,
        Action<IRabbitMqReceiveEndpointConfigurator>? endpoint = null, Action<IConsumerConfigurator<TConsumer>>? consumer = null)
        where TConsumer : class, IConsumer
    {
        // Wait until the queue is bound. Before that the broker confirms and drops messages.
        services.Configure<MassTransitHostOptions>(host => host.WaitUntilStarted = true);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<TConsumer>((_, configurator) => consumer?.Invoke(configurator));
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var broker = new Uri(settings.RabbitMq);
                rabbit.Host(broker.Host, (ushort)broker.Port, "/", host =>
                {
                    host.Username("guest");
                    host.Password("guest");
                    host.PublisherConfirmation = true;
                });
                rabbit.ReceiveEndpoint(settings.Queue, queue =>
                {
                    endpoint?.Invoke(queue);
                    queue.ConfigureConsumer<TConsumer>(context);
                });
            });
        });
    }
}
