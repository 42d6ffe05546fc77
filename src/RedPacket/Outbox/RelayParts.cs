using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>What the loops of the relay share.</summary>
internal sealed record RelayParts(
    OutboxOptions Options, OutboxReader Reader, RelaySender Sender, BrokerLink Broker, StoreLink Store, RelayState State,
    IConnectionMultiplexer Redis, TimeProvider Time, ILogger<Relay> Logger);
