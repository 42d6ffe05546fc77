using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.Tests.LoadTool;

public sealed class SearchTests
{
    [Theory]
    [InlineData(1000, 7300)]
    [InlineData(1000, 999)]
    [InlineData(1000, 40)]
    [InlineData(10, 100_000)]
    public void HighestRate_IsFoundWithinFivePercent(double start, double limit)
    {
        var search = new MaxSearch(start);
        var rounds = 0;
        while (search.Next() is { } rate)
        {
            search.Note(rate, rate <= limit);
            Assert.True(++rounds <= 20);
        }
        Assert.InRange(search.Best, limit / 1.06, limit);
    }

    [Fact]
    public void NoRateHolds_EndsWithZero()
    {
        var search = new MaxSearch(100);
        while (search.Next() is { } rate)
            search.Note(rate, false);
        Assert.Equal(0, search.Best);
    }

    [Fact]
    public void Rounds_AreJudgedByEveryLimit()
    {
        var limits = new MaxOptions(1, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2));
        LivePoint Live(long lag) => new(DateTimeOffset.UnixEpoch, 0, 0, 0, 0, 0, lag, null);
        Assert.True(Rounds.Judge(100, Measured(100, 10), [Live(100)], limits).Held);
        Assert.Contains("lag was 3 s", Rounds.Judge(100, Measured(100, 10), [Live(3000), Live(1)], limits).Why, StringComparison.Ordinal);
        Assert.Contains("p99 was", Rounds.Judge(100, Measured(100, 60), [Live(1)], limits).Why, StringComparison.Ordinal);
        Assert.Contains("only 100/s", Rounds.Judge(200, Measured(100, 10), [Live(1)], limits).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_StayInRangeAndRepeatWithTheirSeed()
    {
        Func<int, RequestPattern>[] patterns =
        [
            seed => new EvenPattern(seed, 20, 50), seed => new ZipfPattern(seed, 20, 50, 1.1),
            seed => new HotPattern(seed, 20, 50, 10), seed => new StormPattern(seed, 20, 50),
        ];
        foreach (var make in patterns)
        {
            var (a, b) = (make(3), make(3));
            var requests = Enumerable.Range(0, 1000).Select(_ => a.Next()).ToArray();
            Assert.Equal(requests, Enumerable.Range(0, 1000).Select(_ => b.Next()));
            Assert.All(requests, request => Assert.True(request is { Packet: >= 0 and < 20, User: >= 0 and < 50 }, request.ToString()));
        }
        var zipf = new ZipfPattern(1, 100, 10, 1.1);
        var counts = Enumerable.Range(0, 10_000).Select(_ => zipf.Next().Packet).CountBy(packet => packet).ToDictionary();
        Assert.True(counts[0] > 3 * counts[9], $"{counts[0]} and {counts[9]}");
    }

    [Fact]
    public void UsersOfAStorm_GrabEachWavesPacketOnce()
    {
        var pattern = new StormPattern(1, 3, 40);
        var waves = Enumerable.Range(0, 120).Select(_ => pattern.Next()).Chunk(40).ToArray();
        Assert.All(waves.Index(), wave =>
        {
            Assert.Equal(wave.Index, wave.Item.Select(request => request.Packet).Distinct().Single());
            Assert.Equal(40, wave.Item.Select(request => request.User).Distinct().Count());
        });
    }

    private static Meter Measured(int perSecond, int ms)
    {
        var (meter, tick) = (new Meter(TimeSpan.FromSeconds(1)), System.Diagnostics.Stopwatch.Frequency);
        meter.Begin(0);
        for (var i = 0; i < perSecond; i++)
            meter.Note(RequestOutcome.Won, 0, 0, tick * ms / 1000);
        meter.End(tick, 0);
        return meter;
    }
}
