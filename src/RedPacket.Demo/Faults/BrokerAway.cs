using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>
/// This process cannot reach the broker. In memory, sends fail and queued messages are not delivered. With RabbitMQ
/// behind <c>Demo:BrokerProxy</c>, every connection is cut and no new one succeeds.
/// </summary>
internal sealed class BrokerAway(FaultySender sender, BrokerAvailability broker, DeliveryHold deliveries, BrokerProxy? proxy = null) : Fault
{
    public override string Id => "broker-away";

    public override string? UnavailableReason => sender.IsInMemory || proxy is not null ? null
        : "Start the demo with --Demo:BrokerProxy=true and an amqp address (not amqps), or stop the RabbitMQ server instead.";

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        if (proxy is not null)
        {
            proxy.Cut();
            return Task.CompletedTask;
        }

        deliveries.Hold(this);
        sender.AwayReason = "The fault broker-away is active.";
        // A broken connection is noticed before the next send, so this one is as well.
        broker.Fault(sender.AwayReason);
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        proxy?.Restore();
        sender.AwayReason = null;
        deliveries.Release(this);
        return Task.CompletedTask;
    }
}
