using RedPacket.Comparison;
using RedPacket.Reports;

namespace RedPacket.Tests.Reports;

/// <summary>When the process makes its next report without being asked.</summary>
public sealed class ReportPaceTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RedisActivity s_busy = new(Entries: 5, Grabs: 10, Sent: 1);
    private static readonly RedisActivity s_calm = new(Entries: 0, Grabs: 10, Sent: 1);
    private readonly ReportPace _pace = new(TimeSpan.FromSeconds(30));

    [Fact]
    public void FirstReport_IsDueImmediately() => Assert.True(_pace.IsDue(s_busy, null, s_start));

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Change_MakesAReportDueAfterThreeSeconds(int seconds, bool due)
    {
        _pace.Made(s_calm, 50, s_start);

        Assert.Equal(due, _pace.IsDue(s_busy, Verdict.Consistent, After(seconds)));
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(30, true)]
    public void NoChange_MakesAReportDueAfterReportEvery(int seconds, bool due)
    {
        _pace.Made(s_calm, 50, s_start);

        Assert.Equal(due, _pace.IsDue(s_calm, Verdict.Consistent, After(seconds)));
    }

    // 5 % of a core: 45 s of work, 855 s of rest, whatever happens meanwhile.
    [Theory]
    [InlineData(854, false)]
    [InlineData(855, true)]
    public void LongReport_IsFollowedByARestOfNineteenTimes(int seconds, bool due)
    {
        Long();

        Assert.Equal(due, _pace.IsDue(s_busy, Verdict.Converging, After(seconds)));
        Assert.Equal(due, _pace.IsDue(s_calm, Verdict.Consistent, After(seconds)));
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(30, true)]
    public void SettledButNotReported_RestsAtMostReportEvery(int seconds, bool due)
    {
        Long();

        Assert.Equal(due, _pace.IsDue(s_calm, Verdict.Converging, After(seconds)));
        Assert.Equal(due, _pace.IsDue(null, Verdict.Converging, After(seconds)));
    }

    [Fact]
    public void FirstReport_IsNotUsedToPredictTheNext()
    {
        _pace.Made(s_calm, 45_000, s_start);

        Assert.True(_pace.IsDue(s_busy, Verdict.Consistent, After(3)));
    }

    private void Long()
    {
        _pace.Made(s_calm, 10, s_start);
        _pace.Made(s_busy, 45_000, s_start);
    }

    private static DateTimeOffset After(int seconds) => s_start.AddSeconds(seconds);
}
