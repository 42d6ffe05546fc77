using Microsoft.Extensions.Time.Testing;
using RedPacket.Hosting;

namespace RedPacket.Tests.Hosting;

/// <summary>Pauses between attempts that fail.</summary>
public sealed class BackoffTests
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void EachFailure_DoublesThePauseUpToTheLongest()
    {
        var pauses = new Backoff(s_first, s_longest, _clock);
        Assert.Equal([100, 200, 400, 800, 1000, 1000], Enumerable.Range(0, 6).Select(_ => pauses.Failed().TotalMilliseconds));
    }

    [Fact]
    public void Success_BeginsAgainWithTheFirstPause()
    {
        var pauses = new Backoff(s_first, s_longest, _clock);
        pauses.Failed();
        pauses.Failed();
        pauses.Reset();
        Assert.True(pauses.IsOver);
        Assert.Equal(s_first, pauses.Failed());
    }

    [Fact]
    public void Pause_IsOverWhenItsTimeHasPassed()
    {
        var pauses = new Backoff(s_first, s_longest, _clock);
        Assert.True(pauses.IsOver);
        pauses.Failed();
        _clock.Advance(s_first - TimeSpan.FromMilliseconds(1));
        Assert.False(pauses.IsOver);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(pauses.IsOver);
    }

    [Fact]
    public async Task Wait_EndsWithThePauseOrWhenCancelled()
    {
        var pauses = new Backoff(s_first, s_longest, _clock);
        var first = pauses.Wait(TestContext.Current.CancellationToken);
        _clock.Advance(s_first);
        await first;
        using var stopping = new CancellationTokenSource();
        var second = pauses.Wait(stopping.Token);
        Assert.False(second.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public void Jitter_ShortensAPauseByAtMostAHalf()
    {
        var pauses = new Backoff(s_longest, s_longest, _clock, jitter: true);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(pauses.Failed(), s_longest / 2, s_longest));
    }

    [Fact]
    public void ManyDoublings_StayAtTheLongest() =>
        Assert.Equal(TimeSpan.FromDays(1), Backoff.Doubled(TimeSpan.FromHours(1), int.MaxValue, TimeSpan.FromDays(1)));
}
