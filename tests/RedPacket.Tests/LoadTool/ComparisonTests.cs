using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

[Needs("servers")]
public sealed class ComparisonTests
{
    private static ResultDocument Slower => Documents.Good with
    {
        Latency = Documents.Good.Latency with { P50Ms = 1.04, P99Ms = 15 },
        Throughput = new ThroughputFacts(5500, 3000),
        Outcomes = Documents.Good.Outcomes with { Emptied = 50_000, Failed = 10 },
        Machine = Documents.Good.Machine with { Cores = 8 },
        Exit = 99,
    };

    [Fact]
    public void Comparison_MarksBetterAndWorseBeyondTheNoise()
    {
        var lines = MetricDifference.Of(Documents.Good, Slower, "a.json", "b.json", noise: 5).Split('\n');
        Assert.StartsWith("! Different machines: 2 cores", lines[0], StringComparison.Ordinal);
        Assert.Equal("! The run of b.json did not pass: exit code 99.", lines[1]);
        Assert.Equal(["rate", "5,000", "5,500", "+10.0", "%", "✓", "better"], Cells(lines, "rate"));
        Assert.Equal(["won.rate", "3,750", "3,000", "-20.0", "%", "✗", "worse"], Cells(lines, "won.rate"));
        Assert.Equal(["p50", "1", "ms", "1.04", "ms", "+4.0", "%"], Cells(lines, "p50"));
        Assert.Equal(["p99", "12", "ms", "15", "ms", "+25.0", "%", "✗", "worse"], Cells(lines, "p99"));
        Assert.Equal(["emptied", "25,000", "50,000", "+100.0", "%"], Cells(lines, "emptied"));
        Assert.Equal(["failed", "0", "10", "from", "0", "✗", "worse"], Cells(lines, "failed"));
        Assert.Equal(["verdict", "CONSISTENT", "CONSISTENT", "same"], Cells(lines, "verdict"));
    }

    [Fact]
    public void VerdictLost_IsWorse()
    {
        var lost = Documents.Good with { Verdict = Documents.Good.Verdict! with { Word = "INCONSISTENT" } };
        Assert.Equal("✗ worse", MetricChange.Of(Metric.Find("verdict")!, Documents.Good, lost).Mark(5));
        Assert.Equal("✓ better", MetricChange.Of(Metric.Find("verdict")!, lost, Documents.Good).Mark(5));
    }

    [Theory]
    [InlineData("p99>+20%", "p99>+20% (+25.0 %)")]
    [InlineData("p99>+25%", null)]
    [InlineData("p50>+0.5%", "p50>+0.5% (+4.0 %)")]
    [InlineData("won.rate<-10%", "won.rate<-10% (-20.0 %)")]
    [InlineData("won.rate < -20%", null)]
    [InlineData("rate<-10%", null)]
    [InlineData("failed>+50%", "failed>+50% (from 0)")]
    [InlineData("max.rate<-5%", "max.rate<-5% (not measured in both)")]
    public void Change_IsJudgedByItsLimit(string text, string? crossed)
    {
        var (limit, error) = ChangeLimit.Parse(text);
        Assert.Null(error);
        Assert.Equal(crossed, limit!.Crossed(Documents.Good, Slower));
    }

    [Theory]
    [InlineData("", "is not a change")]
    [InlineData("p99>20%", "a percentage with its sign")]
    [InlineData("p99>+20", "is not a change")]
    [InlineData("p99>=+20%", "is not a change")]
    [InlineData("p99>+20ms", "is not a change")]
    [InlineData("p98>+20%", "there is no metric 'p98'")]
    [InlineData("verdict>+20%", "verdict is a word")]
    public void InvalidLimit_IsRefusedWithAReason(string text, string reason)
    {
        var (limit, error) = ChangeLimit.Parse(text);
        Assert.Null(limit);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ComparisonInCi_EndsWithItsExitCode()
    {
        using var folder = new Folder("loadtool-compare");
        var (a, b) = (folder.File("a.json"), folder.File("b.json"));
        File.WriteAllText(a, Documents.Good.ToJson());
        File.WriteAllText(b, Slower.ToJson());
        using var shown = await LoadTool.Compare(ExitCode.Passed, a, b);
        Assert.DoesNotContain("PASSED", shown.Output, StringComparison.Ordinal);
        using var failed = await LoadTool.Compare(ExitCode.Threshold, a, b, "--fail-if", "p99>+20%", "--fail-if", "rate<-1%");
        Assert.Contains("FAILED p99>+20% (+25.0 %)", failed.Output, StringComparison.Ordinal);
        using var passed = await LoadTool.Compare(ExitCode.Passed, a, b, "--fail-if", "p99>+30%");
        Assert.Contains("PASSED", passed.Output, StringComparison.Ordinal);
        using var wrong = await LoadTool.Compare(ExitCode.BadOption, a, folder.File("none.json"));
        Assert.Contains("compare --help", wrong.Output, StringComparison.Ordinal);
    }

    private static string[] Cells(string[] lines, string name) =>
        lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
