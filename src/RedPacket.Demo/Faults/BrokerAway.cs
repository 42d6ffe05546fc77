using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>
/// The broker cannot be reached by this process. In memory: what is sent fails, and nothing that is in the queues is delivered. RabbitMQ, with
/// <c>Demo:BrokerProxy</c>: every connection to it is cut, and none can be made.
/// </summary>
internal sealed class BrokerAway(FaultySender sender, BrokerAvailability link, Deliveries deliveries, BrokerProxy? proxy = null) : Fault
{
    public override string Id => "broker-away";

    public override string? WhyNot => sender.IsInMemory || proxy is not null ? null
        : "Start the demo with --Demo:BrokerProxy=true, so that it can stand in the way to RabbitMQ (amqp only, not amqps), or stop the server instead.";

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        if (proxy is not null)
        {
            proxy.Refuse();
            return Task.CompletedTask;
        }

        deliveries.Shut(this);
        sender.Away = "The broker is away, because somebody said so at /demo/faults.";
        // As a connection that breaks is noticed before anybody sends.
        link.Fault(sender.Away);
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        proxy?.Heal();
        sender.Away = null;
        deliveries.Open(this);
        return Task.CompletedTask;
    }
}
