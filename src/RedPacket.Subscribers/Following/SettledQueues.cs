using MassTransit;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Subscribers.Following;

/// <summary>A queue for each room, bound to the exchange of <see cref="TransfersSettled"/>.</summary>
internal static class SettledQueues
{
    /// <summary>
    /// A room that is away must not fill the broker, which the payment path needs. RabbitMQ drops the oldest messages,
    /// and the feed has what was in them.
    /// </summary>
    private const long MostBytes = 32 * 1024 * 1024;

    private const int Ahead = 4;

    public static string NameOf(string room) => $"{TransfersSettled.Exchange}.{room}";

    public static void AddSettledQueues(this IServiceCollection services, FollowingPlan plan)
    {
        services.AddMassTransitDefaults();
        services.AddMassTransit(bus =>
        {
            bus.BeQuiet();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                plan.Broker.Configure(rabbit, "redpacket subscribers", context.GetRequiredService<ILogger<BrokerSettings>>());
                foreach (var room in context.GetRequiredService<FollowedRooms>().Rooms)
                    rabbit.ReceiveEndpoint(NameOf(room.Store.Room.Name), queue => Consume(queue, room));
            });
        });
    }

    // Publishes nothing: no faults, no queues of errors. A message that failed is dropped, because the feed has it.
    private static void Consume(IRabbitMqReceiveEndpointConfigurator queue, FollowedRoom room)
    {
        queue.PrefetchCount = Ahead;
        queue.ConcurrentMessageLimit = 1;
        queue.SetQueueArgument("x-max-length-bytes", MostBytes);
        queue.PublishFaults = false;
        queue.DiscardSkippedMessages();
        queue.DiscardFaultedMessages();
        queue.Handler<TransfersSettled>(message => room.Take(message.Message, message.CancellationToken));
    }
}
