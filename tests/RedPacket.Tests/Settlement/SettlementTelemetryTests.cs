using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

[Needs("servers")]
public sealed class SettlementTelemetryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task ChunkSettled_ItsTraceCrossesTheQueueAndItsLagIsMeasured()
    {
        const int shard = 77;
        using var ledger = new TestLedger();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "RedPacket",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var lags = new ConcurrentQueue<double>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => Listen(instrument, self) };
        meters.SetMeasurementEventCallback<double>((_, lag, _, _) => lags.Enqueue(lag));
        meters.Start();
        var book = new OutboxBook(redis.Database, shard);
        await using var host = await QueueHost.Start(redis, ledger, settings: QueueHost.NeverResends);

        await book.Fund();
        await host.Settles(book);

        await Eventually.Holds(() => spans.Any(span => Named(span, "record chunk", shard)));
        var record = spans.Single(span => Named(span, "record chunk", shard));
        Assert.Equal(spans.Single(span => Named(span, "relay chunk", shard)).Id, record.ParentId);
        Assert.NotEmpty(lags);
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument is { Name: "redpacket.settlement.lag", Meter.Name: "RedPacket" })
            listener.EnableMeasurementEvents(instrument);
    }

    private static bool Named(Activity span, string name, int shard) =>
        span.OperationName == name && span.GetTagItem("redpacket.shard") is int tagged && tagged == shard;
}
