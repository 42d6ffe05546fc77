using Microsoft.Extensions.Time.Testing;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Tests.Subscribers;

/// <summary>What a room tells the service about itself.</summary>
public sealed class ProgressReporterTests : IAsyncLifetime
{
    private readonly FakeService _service = new() { Transfers = LedgerStory.Of(40), State = "agrees" };
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 2, 17, 0, 0, 0, TimeSpan.Zero));
    private RoomPlace _place = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _place = await RoomPlace.On(null);

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        _service.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Room_ReportsOnceASecondWhileItMoves_AndEveryTenSecondsAtRest()
    {
        var store = _place.Open(new EarningsRoom());
        var reporter = Reporter(store);
        List<long> reported = [];
        for (var second = 0; second < 24; second++)
        {
            if (second < 4)
                store.Take(_service.Transfers[..(second + 1)]);
            await reporter.Round(Stop);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        reported.AddRange(_service.Reports.Select(report => report.Progress.Position));

        Assert.Equal([1, 2, 3, 4, 4, 4], reported);
        Assert.All(_service.Reports, report => Assert.Equal("earnings", report.Room));
    }

    [Fact]
    public async Task Report_HasTheRoomsOwnSumsThroughItsPosition()
    {
        var store = _place.Open(new EarningsRoom());
        store.Take(_service.Transfers[..60]);

        await Reporter(store).Round(Stop);

        var grabs = _service.Transfers[..60].Where(transfer => transfer.Kind == EntryName.Grab).ToArray();
        Assert.Equal(("earnings", new ProgressBody(60, grabs.Length, grabs.Sum(grab => grab.AmountFen))), Assert.Single(_service.Reports));
    }

    [Fact]
    public async Task ServiceWithoutTheCall_IsSaidOnce()
    {
        var store = _place.Open(new EarningsRoom());
        var reporter = Reporter(store);
        _service.State = null;

        for (var minute = 0; minute < 3; minute++)
        {
            await reporter.Round(Stop);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((3, 1), (_service.Reports.Count, _service.Log.Count(9109)));
    }

    [Fact]
    public async Task RoomThatDrifted_SaysSoOnce_AndWhenItAgreesAgain()
    {
        var store = _place.Open(new EarningsRoom());
        var reporter = Reporter(store);
        foreach (var state in new[] { "agrees", "drifted", "drifted", "agrees", "agrees" })
        {
            _service.State = state;
            await reporter.Round(Stop);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((5, 1, 1), (_service.Reports.Count, _service.Log.Count(9107), _service.Log.Count(9108)));
    }

    [Fact]
    public async Task RoomThatBeganLater_ReportsNothing()
    {
        var store = _place.Store(new EarningsRoom());
        store.Open(30);

        await Reporter(store).Round(Stop);

        Assert.Equal((0, 1), (_service.Reports.Count, _service.Log.Count(9109)));
    }

    private ProgressReporter Reporter(RoomStore store) =>
        new(store, _service.Client(), _clock, _service.Logger<ProgressReporter>());
}
