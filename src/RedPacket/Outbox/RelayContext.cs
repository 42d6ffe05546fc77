using StackExchange.Redis;

namespace RedPacket.Outbox;

/// <summary>The parts that the loops of the relay share.</summary>
internal sealed record RelayContext(
    OutboxOptions Options, OutboxReader Reader, RelaySender Sender, BrokerAvailability Broker, RedisAvailability Store, RelayStatus Status,
    IConnectionMultiplexer Redis, TimeProvider Clock, ILogger<Relay> Logger);
