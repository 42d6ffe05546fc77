using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Feed;

namespace RedPacket.Tests.Feed;

/// <summary>All readers together get so many transfers a second.</summary>
public sealed class FeedPaceTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FeedPace _pace;

    public FeedPaceTests() => _pace = new FeedPace(Options.Create(new FeedOptions { RowsPerSecond = 1000 }), _clock);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PageAfterAPage_WaitsForTheRowsBeforeIt()
    {
        Assert.True(_pace.Turn(500, Stop).IsCompletedSuccessfully);
        var second = _pace.Turn(500, Stop);
        var third = _pace.Turn(500, Stop);

        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await second;
        Assert.False(third.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await third;
    }

    [Fact]
    public void RowsThatAPageDidNotHave_AreGivenBack()
    {
        _ = _pace.Turn(1000, Stop);
        _pace.Unused(1000);

        Assert.True(_pace.Turn(1000, Stop).IsCompletedSuccessfully);
    }

    [Fact]
    public void ReaderThatPaused_HasNoMoreThanItsTurn()
    {
        _ = _pace.Turn(10, Stop);
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True(_pace.Turn(1000, Stop).IsCompletedSuccessfully);
        Assert.False(_pace.Turn(1, Stop).IsCompleted);
    }
}
