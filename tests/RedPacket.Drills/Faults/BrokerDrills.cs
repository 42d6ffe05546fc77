namespace RedPacket.Drills.Faults;

/// <summary>The broker is away, or loses its messages.</summary>
internal static class BrokerDrills
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("broker-stopped", "RabbitMQ is stopped (rabbitmqctl stop_app) for a while",
            "No grab notices, and the outbox drains when the broker is back (promises 4, 6, 7).", async context =>
            {
                var cluster = await context.Deploy(Topology.Deployed);
                await context.RunUnderLoad(cluster, async client =>
                {
                    context.Say("stopping the broker");
                    await context.Rabbit.StopApp();
                    await context.ExpectUnnoticed(client, Drill.Outage);
                    await context.Rabbit.StartApp();
                }, faultText: $"RabbitMQ is stopped (rabbitmqctl stop_app) for {Drill.Outage.TotalSeconds:0} s");
            }),
        new("queues-lost", "RabbitMQ's queues are purged, then it is killed and started again",
            "The relay resends from the outbox everything that the broker confirmed and lost (promise 4).", async context =>
            {
                var cluster = await context.Deploy(Topology.Deployed);
                await context.RunUnderLoad(cluster, async _ =>
                {
                    foreach (var queue in (await context.Rabbit.Queues()).Keys)
                        await context.Rabbit.Purge(queue);
                    context.Say("queues purged, killing the broker");
                    await context.Rabbit.Restart();
                });
            }),
    ];
}
