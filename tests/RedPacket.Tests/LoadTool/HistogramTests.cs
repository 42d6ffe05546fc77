using RedPacket.LoadTest.Engine;

namespace RedPacket.Tests.LoadTool;

public sealed class HistogramTests
{
    private static readonly double[] s_percents = [0.001, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 300)]
    [InlineData(3, 100_000)]
    [InlineData(4, 10_000_000_000)]
    public void RandomNumbers_HavePercentilesWithinOnePercent(int seed, long most)
    {
        var random = new Random(seed);
        var histogram = new Histogram();
        var sorted = Enumerable.Range(0, 5003).Select(_ => (long)(Math.Pow(random.NextDouble(), 3) * most)).Order().ToArray();
        foreach (var number in sorted.OrderBy(_ => random.Next()))
            histogram.Add(number);

        foreach (var percent in s_percents)
        {
            var exact = sorted[Math.Max(0, (int)Math.Ceiling((percent / 100 * sorted.Length) - 1e-9) - 1)];
            var error = Math.Abs(histogram.Percentile(percent) - exact);
            Assert.True(error <= exact * 0.01, $"seed {seed}, p{percent}: {histogram.Percentile(percent)} instead of {exact}");
        }
        Assert.Equal((sorted.Length, sorted[0], sorted[^1], sorted.Sum()), (histogram.Count, histogram.Min, histogram.Max, histogram.Sum));
        Assert.Equal(sorted[^1], histogram.Percentile(100));
    }

    [Fact]
    public void MergedHistograms_EqualOneOfAllNumbers()
    {
        var random = new Random(5);
        var (a, b, all) = (new Histogram(), new Histogram(), new Histogram());
        for (var i = 0; i < 3000; i++)
        {
            var number = (long)(random.NextDouble() * random.NextDouble() * 1_000_000);
            (i % 3 == 0 ? a : b).Add(number);
            all.Add(number);
        }
        a.Add(b);

        Assert.Equal(s_percents.Select(all.Percentile), s_percents.Select(a.Percentile));
        Assert.Equal((all.Count, all.Sum, all.Min, all.Max), (a.Count, a.Sum, a.Min, a.Max));
    }

    [Fact]
    public void SmallNumbers_AreExact()
    {
        var histogram = new Histogram();
        for (var number = 0; number < 128; number++)
            histogram.Add(number);

        var expected = Enumerable.Range(0, 128).Select(number => (long)number);
        Assert.Equal(expected, Enumerable.Range(1, 128).Select(rank => histogram.Percentile(rank * 100.0 / 128)));
    }

    [Fact]
    public void LongPause_IsCorrectedForCoordinatedOmission()
    {
        var histogram = new Histogram();
        foreach (var number in Enumerable.Repeat(10L, 95).Append(100).Append(20).Append(21))
            histogram.Add(number);

        var corrected = histogram.Corrected(10);

        // 100 adds 90, 80, … 20, and 21 adds 11. 20 adds nothing, because 10 does not exceed the interval.
        long[] expected = [.. Enumerable.Repeat(10L, 95), 11, 20, 20, 21, 30, 40, 50, 60, 70, 80, 90, 100];
        Assert.Equal(expected, Enumerable.Range(1, expected.Length).Select(rank => corrected.Percentile(rank * 100.0 / expected.Length)));
        Assert.Equal((98, 10, 100), (histogram.Count, histogram.Percentile(50), histogram.Max));
    }

    [Fact]
    public void EmptyHistogram_IsAllZero()
    {
        var histogram = new Histogram();
        Assert.Equal((0, 0L, 0L, 0.0), (histogram.Count, histogram.Percentile(99), histogram.Max, histogram.Mean));
    }
}
