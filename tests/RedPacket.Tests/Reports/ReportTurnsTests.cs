using Microsoft.Extensions.Time.Testing;
using RedPacket.Reports;

namespace RedPacket.Tests.Reports;

/// <summary>When the next report begins.</summary>
public sealed class ReportTurnsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task UnderLoad_ATurnRestsNineTimesAsLongAsItsReport()
    {
        var turns = new ReportTurns(1, _clock);
        await Report(turns, TimeSpan.FromMilliseconds(500), isUnderLoad: true);

        var next = Report(turns, TimeSpan.Zero, isUnderLoad: true);
        _clock.Advance(TimeSpan.FromMilliseconds(4499));
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await next;
    }

    [Fact]
    public async Task UnderLoad_NoTurnRestsMoreThanHalfAMinute()
    {
        var turns = new ReportTurns(1, _clock);
        await Report(turns, TimeSpan.FromMinutes(1), isUnderLoad: true);

        var next = Report(turns, TimeSpan.Zero, isUnderLoad: true);
        _clock.Advance(TimeSpan.FromSeconds(30));

        await next;
    }

    [Fact]
    public async Task AtRest_TheNextReportBeginsImmediately()
    {
        var turns = new ReportTurns(1, _clock);
        await Report(turns, TimeSpan.FromSeconds(1), isUnderLoad: false);

        Assert.True(Report(turns, TimeSpan.Zero, isUnderLoad: false).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task AReportThatFailsOrIsCancelled_GivesItsTurnBack()
    {
        var turns = new ReportTurns(1, _clock);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => turns.Take<int>(() => throw new InvalidOperationException(), _ => true, CancellationToken.None));
        await Report(turns, TimeSpan.FromSeconds(1), isUnderLoad: true);
        using var cancelled = new CancellationTokenSource();
        var waiting = turns.Take(() => Task.FromResult(0), _ => true, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        var next = Report(turns, TimeSpan.Zero, isUnderLoad: true);
        _clock.Advance(TimeSpan.FromSeconds(9));

        await next;
    }

    private Task<int> Report(ReportTurns turns, TimeSpan takes, bool isUnderLoad) => turns.Take(() =>
    {
        _clock.Advance(takes);
        return Task.FromResult(0);
    }, _ => isUnderLoad, CancellationToken.None);
}
