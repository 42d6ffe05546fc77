namespace RedPacket.Drills.Faults;

/// <summary>The broker away, or gone with what it held.</summary>
internal static class BrokerDrills
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("broker-stopped", "RabbitMQ is stopped (rabbitmqctl stop_app) for a while", "No grab notices; what waits in the outbox is settled when the broker is back (promises 4, 6, 7).",
            async stage =>
            {
                var cluster = await stage.Deploy(Topology.Deployed);
                await stage.Under(cluster, async client =>
                {
                    stage.Say("stopping the broker");
                    await stage.Rabbit.StopApp();
                    await stage.Unnoticed(client, Drill.Outage);
                    await stage.Rabbit.StartApp();
                }, faultInWords: $"RabbitMQ is stopped (rabbitmqctl stop_app) for {Drill.Outage.TotalSeconds:0} s");
            }),
        new("queues-lost", "RabbitMQ's queues are purged, then it is killed and started again", "What the broker confirmed and lost is sent again from the outbox (promise 4).", async stage =>
        {
            var cluster = await stage.Deploy(Topology.Deployed);
            await stage.Under(cluster, async _ =>
            {
                foreach (var queue in (await stage.Rabbit.Queues()).Keys)
                    await stage.Rabbit.Purge(queue);
                stage.Say("purged; killing the broker");
                await stage.Rabbit.Restart();
            });
        }),
    ];
}
