using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Outbox;

namespace RedPacket.Tests.Outbox;

/// <summary>An outage is one line in the log, however often it is noticed, and its end another.</summary>
public sealed class AvailabilityTests : IDisposable
{
    private const int Often = 5;
    private readonly FakeTimeProvider _time = new();
    private readonly LogLines _log = new();
    private readonly ILoggerFactory _loggers;

    public AvailabilityTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    public void Dispose() => _loggers.Dispose();

    [Fact]
    public async Task BrokerThatStaysAway_IsLoggedOnceAndItsReturnOnce()
    {
        var bus = new Bus { IsAway = true };
        var broker = new BrokerAvailability(bus, _time, _loggers.CreateLogger<BrokerAvailability>());
        for (var attempt = 1; attempt <= Often; attempt++)
        {
            Assert.False(await broker.Open(TestContext.Current.CancellationToken));
            Assert.Equal((attempt, 1, 0), (bus.Asked, _log.Count(3001), _log.Count(3002)));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        bus.IsAway = false;
        Assert.True(await broker.Open(TestContext.Current.CancellationToken));
        Assert.False(broker.IsUp);
        for (var confirm = 1; confirm <= Often; confirm++)
            broker.Confirm();

        Assert.True(broker.IsUp);
        Assert.Equal((1, 1), (_log.Count(3001), _log.Count(3002)));
    }

    [Fact]
    public void RedisThatStaysAway_IsLoggedOnceAndItsReturnOnce()
    {
        var redis = new RedisAvailability(_time, _loggers.CreateLogger<RedisAvailability>());
        var before = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var failures = 0; failures < Often; failures++)
            redis.Fault(0, "it does not answer");
        redis.Answered(0, before);
        Assert.Equal((false, 1, 0), (redis.IsUp, _log.Count(3003), _log.Count(3004)));

        _time.Advance(TimeSpan.FromSeconds(1));
        redis.Answered(0, _time.GetUtcNow());
        redis.Answered(0, _time.GetUtcNow());

        Assert.Equal((true, 1, 1), (redis.IsUp, _log.Count(3003), _log.Count(3004)));
    }

    [Fact]
    public void ShardThatStaysAwayBesideAnother_IsLoggedOnce()
    {
        var redis = new RedisAvailability(_time, _loggers.CreateLogger<RedisAvailability>());
        for (var round = 0; round < Often; round++)
        {
            redis.Fault(1, "it does not answer");
            _time.Advance(TimeSpan.FromSeconds(1));
            redis.Answered(0, _time.GetUtcNow());
        }

        Assert.Equal((false, 1, 0), (redis.IsUp, _log.Count(3003), _log.Count(3004)));
        redis.Answered(1, _time.GetUtcNow());
        Assert.Equal((true, 1, 1), (redis.IsUp, _log.Count(3003), _log.Count(3004)));
    }

    private sealed class Bus() : RelaySender(null!, new BrokerSettings((Uri?)null), new OutboxOptions(),
        TimeProvider.System)
    {
        public bool IsAway { get; set; }

        public int Asked { get; private set; }

        public override Task<long> Prepare(CancellationToken cancellation)
        {
            Asked++;
            return IsAway ? Task.FromException<long>(new InvalidOperationException("nobody listens")) : Task.FromResult(0L);
        }
    }
}
