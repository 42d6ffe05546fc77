using Microsoft.Extensions.Time.Testing;
using RedPacket.Hosting;

namespace RedPacket.Tests.Hosting;

/// <summary>A round, a pause, and again until stopped.</summary>
public sealed class LoopTests : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _postponed = [];
    private int _rounds;

    [Fact]
    public async Task Rounds_FollowEachOtherAfterThePause()
    {
        var loop = NewLoop().Run(s_pause, Count, _stopping.Token);
        Assert.Equal(1, _rounds);
        _clock.Advance(s_pause - TimeSpan.FromTicks(1));
        Assert.Equal(1, _rounds);
        _clock.Advance(TimeSpan.FromTicks(1));
        await Eventually.Holds(() => _rounds == 2);
        await Stop(loop);
        Assert.Equal(2, _rounds);
    }

    [Fact]
    public async Task Pause_IsChosenAfterEachRound()
    {
        var loop = NewLoop().Run(() => _rounds == 1 ? TimeSpan.FromSeconds(1) : s_pause, Count, _stopping.Token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Holds(() => _rounds == 2);
        await Stop(loop);
    }

    [Fact]
    public async Task Outage_IsLoggedAndTheNextRoundTriesAgain()
    {
        var loop = NewLoop().Run(
            s_pause, stopping => ++_rounds == 1 ? throw new TimeoutException("away") : Task.CompletedTask,
            _stopping.Token);
        Assert.Equal(["away"], _postponed);
        _clock.Advance(s_pause);
        await Eventually.Holds(() => _rounds == 2);
        await Stop(loop);
        Assert.Single(_postponed);
    }

    [Fact]
    public async Task AnyOtherException_EndsTheLoop() =>
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => NewLoop().Run(s_pause, _ => throw new InvalidOperationException(), _stopping.Token));

    [Fact]
    public async Task StopDuringARound_EndsTheLoopWithoutAnException()
    {
        var loop = NewLoop().Run(s_pause, stopping => new TaskCompletionSource().Task.WaitAsync(stopping), _stopping.Token);
        await Stop(loop);
        Assert.Empty(_postponed);
    }

    [Fact]
    public async Task ExceptionAtAStop_IsNotReported()
    {
        var loop = NewLoop().Run(s_pause, async stopping =>
        {
            var stopped = new TaskCompletionSource();
            await using var _ = stopping.Register(stopped.SetResult);
            await stopped.Task;
            throw new ObjectDisposedException("redis");
        }, _stopping.Token);
        await Stop(loop);
        Assert.Empty(_postponed);
    }

    [Fact]
    public async Task StoppedBeforeItStarts_RunsNoRound()
    {
        await _stopping.CancelAsync();
        await NewLoop().Run(s_pause, Count, _stopping.Token);
        Assert.Equal(0, _rounds);
    }

    public void Dispose() => _stopping.Dispose();

    private Loop NewLoop() =>
        new(_clock, exception => exception is TimeoutException, outage => _postponed.Add(outage.Message));

    private Task Count(CancellationToken stopping)
    {
        _rounds++;
        return Task.CompletedTask;
    }

    private async Task Stop(Task loop)
    {
        await _stopping.CancelAsync();
        await loop;
    }
}
