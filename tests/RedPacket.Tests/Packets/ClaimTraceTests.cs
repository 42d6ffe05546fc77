using System.Diagnostics;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Packets.Traces;

namespace RedPacket.Tests.Packets;

/// <summary>The text of a followed share's trace, what is made of it, and which shares are followed.</summary>
public sealed class ClaimTraceTests
{
    private const string Request = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static readonly DateTimeOffset s_start = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);

    [Fact]
    public void ShareThatIsSettled_HasSevenStagesWithoutGaps()
    {
        var text = Settled();

        var trace = ClaimTrace.Parse(text)!;
        var stages = trace.Stages().ToList();

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", trace.Request.TraceId.ToHexString());
        Assert.Equal(ClaimTrace.Names.SkipLast(1), stages.Select(stage => stage.Name));
        Assert.Equal([0.25, 0.75, 4, 1, 3, 4, 1.125], stages.Select(stage => (stage.End - stage.Start).TotalMilliseconds));
        Assert.Equal(stages.Skip(1).Select(stage => stage.Start), stages.SkipLast(1).Select(stage => stage.End));
    }

    [Theory]
    [InlineData(20, 7)]
    [InlineData(13.5, 0.5)]
    [InlineData(1, 0)]
    public void Announcement_CountsFromTheCommit(double announcedAt, double takes)
    {
        var stages = ClaimTrace.Parse(ClaimTrace.Join(Settled(), At(announcedAt)))!.Stages().ToList();

        Assert.Equal(ClaimTrace.Names, stages.Select(stage => stage.Name));
        Assert.Equal((At(13), takes), (stages[^1].Start, (stages[^1].End - stages[^1].Start).TotalMilliseconds));
    }

    [Fact]
    public void ShareThatWaitsInTheOutbox_HasTwoStages()
    {
        var trace = ClaimTrace.Parse(ClaimTrace.Join(Request, At(0), At(1), At(2)))!;

        Assert.Equal(["request", "script"], trace.Stages().Select(stage => stage.Name));
    }

    [Fact]
    public void ClockThatIsBehind_MakesAStageOfNoTime()
    {
        var stages = ClaimTrace.Parse(ClaimTrace.Join(Request, At(0), At(3), At(1)))!.Stages().ToList();

        Assert.Equal((At(3), At(3)), (stages[1].Start, stages[1].End));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Request)]
    [InlineData($"{Request} 1")]
    [InlineData($"{Request} 1 2 3 4")]
    [InlineData($"{Request} 1 2 -3")]
    [InlineData($"{Request} 1 2 9223372036854775807")]
    [InlineData("nonsense 1 2 3")]
    public void TextThatIsNoTrace_IsNone(string? text) => Assert.Null(ClaimTrace.Parse(text));

    [Theory]
    [InlineData("01", 0, true)]
    [InlineData("01", 1, true)]
    [InlineData("00", 0, false)]
    [InlineData("00", 1, true)]
    public void CallerWhoAsksForIt_IsFollowed_AndOthersBySetting(string flag, int oneIn, bool follows)
    {
        var sampler = Sampler(oneIn);
        using var request = new Activity("request").SetParentId($"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flag}").Start();

        Assert.Equal(follows, sampler.Begin()?.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void CallersWithoutATrace_AreFollowedBySetting()
    {
        Assert.Null(Sampler(0).Begin());
        Assert.InRange(Followed(Sampler(20), 10_000), 350, 650);
        Assert.Equal(10_000, Followed(Sampler(1), 20_000));
    }

    [Fact]
    public void Followed_AreAtMostSoManyASecond()
    {
        var clock = new FakeTimeProvider();
        var sampler = new TraceSampler(Options.Create(new TracesOptions { OneIn = 1, MostPerSecond = 50 }), clock);

        Assert.Equal(50, Followed(sampler, 200));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(50, Followed(sampler, 200));
    }

    [Fact]
    public void FollowedSharesOfARecording_AreReadAsTheyWereWritten()
    {
        FollowedClaim[] claims = [new("0-a", 1, Request), new("1-b", 100_000, Request[..^1] + "0")];

        Assert.Equal(claims, FollowedClaim.Read(FollowedClaim.Write(claims)));
        Assert.Null(FollowedClaim.Write([]));
        Assert.Empty(FollowedClaim.Read(null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData(Request + "-of-a-later-version")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331\n01")]
    [InlineData("00\u00000af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c b7ad6b7169203331-01")]
    public void FollowedShareWithoutATraceContext_IsLeftOut(string? traceparent) =>
        Assert.Equal(
            [new("0-a", 2, Request)], FollowedClaim.Read(FollowedClaim.Write([new("0-a", 1, traceparent!), new("0-a", 2, Request)])));

    [Theory]
    [InlineData("0-a 1")]
    [InlineData("0-a x " + Request)]
    [InlineData("0-a -1 " + Request)]
    [InlineData("0-a 1 " + Request + " more")]
    [InlineData("\n\n")]
    public void LineThatIsNoFollowedShare_IsLeftOut(string line) => Assert.Empty(FollowedClaim.Read(line));

    private static string Settled() =>
        ClaimTrace.Join(ClaimTrace.Join(Request, At(0), At(0.25)), At(1), At(5), At(6), At(9), At(13), At(14.125));

    private static TraceSampler Sampler(int oneIn) =>
        new(Options.Create(new TracesOptions { OneIn = oneIn, MostPerSecond = 10_000 }), new FakeTimeProvider());

    private static int Followed(TraceSampler sampler, int grabs) => Enumerable.Range(0, grabs).Count(_ => sampler.Begin() is not null);

    private static DateTimeOffset At(double milliseconds) => s_start.AddTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
}
