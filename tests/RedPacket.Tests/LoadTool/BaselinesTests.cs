using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>The comparison of the usual ways and the benchmarks, as they are used.</summary>
[Needs("servers")]
public sealed class BaselinesTests
{
    [Fact]
    public async Task ShortComparison_EachWayBooksEveryShareOnce()
    {
        var (output, document) = await BaselinesTool.Ways("2s", "--rounds", "1");
        Assert.Equal(["a", "b", "c"], document.Ways.Select(way => way.Letter));
        Assert.All(document.Ways, way =>
        {
            Assert.True(way is { WinsPerSecond: > 0, P50Ms: > 0, Failed: 0, Killed: null, Loss: { IsNothing: true, Told: > 0 } }, output);
            Assert.True(way.P99Ms >= way.P50Ms && way.BooksAreWell, output);
            Assert.True(way.CpuPerGrabUs["service"] > 0 && way.CpuPerGrabUs["redis"] > 0, output);
        });
        Assert.Equal([false, true, true], document.Ways.Select(way => way.CpuPerGrabUs.ContainsKey("rabbitmq")));
        Assert.StartsWith("CONSISTENT", document.Ways[2].Books, StringComparison.Ordinal);
        Assert.Contains("| (c) RedPacket", output, StringComparison.Ordinal);
    }

    // A publish waits for 2 s: so long after the kill, half-way, those that had been sent already may all come twice. What begins then is lost.
    // A ledger that only counts its rows may still seem whole: one lost, another twice.
    [Fact]
    public async Task BrokerKilled_AMessagePerGrabLosesShares()
    {
        var (output, document) = await BaselinesTool.Ways("7s", "--rounds", "0", "--only", "b", "--kill-broker");
        var way = Assert.Single(document.Ways);
        Assert.True(way is { Loss: null, Killed: { Complete: true, Lost: > 0 } }, output);
    }

    [Theory]
    [InlineData("not 'd'", "ways", "--only", "a,d")]
    [InlineData("each way once", "ways", "--only", "a,a")]
    [InlineData("a way that has a broker", "ways", "--only", "a", "--kill-broker")]
    [InlineData("leaves nothing to do", "ways", "--rounds", "0")]
    [InlineData("--duration is a time with its unit", "ways", "--duration", "20")]
    [InlineData("No benchmark's name holds 'nonsense'", "bench", "nonsense")]
    [InlineData("--iterations is a whole number from 1", "bench", "--iterations", "0")]
    public async Task BadOption_EndsWith104AndSaysWhatItTakes(string said, params string[] arguments)
    {
        var output = await BaselinesTool.Run(ExitCode.BadOption, arguments);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains($"{arguments[0]} --help", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Benchmark_RunsInItsProcess()
    {
        Installed.Require(Installed.Redis);
        var output = await BaselinesTool.Run(ExitCode.Passed, "bench", "MessageBenchmarks", "--iterations", "1");
        Assert.Contains("| RoundTrip | 1000 ", output, StringComparison.Ordinal);
    }
}
