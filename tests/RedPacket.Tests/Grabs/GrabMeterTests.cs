using Microsoft.Extensions.Time.Testing;
using RedPacket.Grabs;
using RedPacket.Http;

namespace RedPacket.Tests.Grabs;

/// <summary>The times of grabs, in buckets.</summary>
public sealed class GrabMeterTests
{
    [Fact]
    public void EveryDuration_IsNearTheMiddleOfItsBucket()
    {
        for (var microseconds = 1L; microseconds < 200_000_000; microseconds = (microseconds * 17 / 16) + 1)
        {
            var middle = GrabMeter.Middle(GrabMeter.Bucket(microseconds)) * 1000;
            Assert.InRange(middle, Math.Min(microseconds, 1L << 27) * 0.93, Math.Min(microseconds, 1L << 27) * 1.07 + 0.5);
        }
    }

    [Fact]
    public void Figures_CoverTheTimeSinceTheLastRead()
    {
        var time = new FakeTimeProvider();
        var meter = new GrabMeter(time);
        for (var grab = 1; grab <= 100; grab++)
        {
            var started = meter.Start();
            time.Advance(TimeSpan.FromMilliseconds(grab > 98 ? 800 : 2));
            meter.Took(started, grab % 50 == 0 ? new Problem(503, "gate_closed", "") : new Problem(404, "packet_unknown", ""));
        }

        var figures = meter.Take();
        Assert.Equal((100, 2), (figures.Answers, figures.Refused));
        Assert.InRange(figures.P50Ms!.Value, 1.8, 2.2);
        Assert.InRange(figures.P99Ms!.Value, 740, 860);
        Assert.Equal(new GrabFigures(0, null, null, 0), meter.Take());
    }
}
