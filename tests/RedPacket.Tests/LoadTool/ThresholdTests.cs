using RedPacket.LoadTest.Report;

namespace RedPacket.Tests.LoadTool;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("p99<50ms", true)]
    [InlineData("p99<12ms", false)]
    [InlineData("p99<=12ms", true)]
    [InlineData("p50<1500us", true)]
    [InlineData("lag.p99<2s", true)]
    [InlineData("lag.p99 < 0.3s", false)]
    [InlineData("rate>=5k", true)]
    [InlineData("rate>5000", false)]
    [InlineData("failed<0.1%", true)]
    [InlineData("emptied<20%", false)]
    [InlineData("emptied<=25%", true)]
    [InlineData("won==75000", true)]
    [InlineData("lost==0", true)]
    [InlineData("verdict==CONSISTENT", true)]
    [InlineData("verdict!=INCONSISTENT", true)]
    [InlineData("verdict==CONVERGING", false)]
    [InlineData("cpu<60us", true)]
    [InlineData("cpu<40us", false)]
    [InlineData("drain<1m", true)]
    [InlineData("max.rate>1", false)]
    public void KnownDocument_IsJudged(string text, bool holds)
    {
        var (threshold, error) = Threshold.Parse(text);
        Assert.Null(error);
        Assert.Equal(holds, threshold!.Judge(Documents.Good).Holds);
    }

    [Theory]
    [InlineData("", "is not a threshold")]
    [InlineData("p99", "is not a threshold")]
    [InlineData("p99<", "is not a threshold")]
    [InlineData("p99=50ms", "is not a threshold")]
    [InlineData("p99<<50ms", "is not a threshold")]
    [InlineData("p99<50ms<60ms", "is not a threshold")]
    [InlineData("p98<50ms", "there is no metric 'p98'")]
    [InlineData("p99<50", "p99 is a time with its unit")]
    [InlineData("p99<50%", "p99 is a time with its unit")]
    [InlineData("p99<-5ms", "is not a number")]
    [InlineData("p99<fast", "is not a number")]
    [InlineData("rate>5s", "rate is a plain number")]
    [InlineData("rate>5%", "rate is a plain number")]
    [InlineData("failed<1ms", "failed is a count")]
    [InlineData("verdict<CONSISTENT", "with == or !=")]
    [InlineData("verdict==FINE", "CONSISTENT, CONVERGING, INCONSISTENT")]
    public void InvalidThreshold_IsRefusedWithAReason(string text, string reason)
    {
        var (threshold, error) = Threshold.Parse(text);
        Assert.Null(threshold);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnbalancedMoney_FailsEveryMoneyThreshold()
    {
        Assert.True(Hold(Documents.Good));
        Assert.False(Hold(Documents.Good with { Money = Documents.Good.Money! with { Lost = 1 } }));
        Assert.False(Hold(Documents.Good with { Money = null }));
        Assert.False(Hold(Documents.Good with { Verdict = Documents.Good.Verdict! with { Word = "CONVERGING" } }));
        Assert.False(Hold(Documents.Good with { Verdict = null }));
    }

    [Fact]
    public void NothingWon_FailsEveryRunAndSaysSo()
    {
        var none = Documents.Good with { Outcomes = new OutcomeFacts(0, 0, 200, 0, 3, 0, 0, 0, 0) };
        Assert.False(Hold(none));
        Assert.Equal(("NOTHING MEASURED", "no grab won a share, emptied 200, refused 3"), Said(none));
        Assert.Equal(("INTERRUPTED", ""), Said(none with { Interrupted = true }));
        Assert.Equal("FAILED", Said(none with { Money = none.Money! with { Lost = 1 } }).Word);
        Assert.Equal(("PASSED", ""), Said(Documents.Good));
    }

    private static bool Hold(ResultDocument document) =>
        Threshold.Always.All(threshold => threshold.Judge(document).Holds);

    private static (string Word, string Reason) Said(ResultDocument document)
    {
        var ending = Ending.Of(document);
        return (ending.Word, ending.Reason);
    }
}
