using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Subscribers;
using RedPacket.Subscribers.Following;
using RedPacket.Subscribers.Statistics;

namespace RedPacket.Tests.Subscribers;

/// <summary>Rooms side by side in one host.</summary>
public sealed class FollowedRoomsTests
{
    [Fact]
    public async Task RoomThatCannotDigestATransfer_DoesNotStopTheOthers()
    {
        using var place = await RoomPlace.On(null);
        using var service = new FakeService { Transfers = LedgerStory.Of(100), State = "agrees" };
        SubscriberRoom[] all = [new PickyRoom(new StatisticsRoom()) { Dislikes = 50 }, Rooms.All[0], Rooms.All[2], new EarningsRoom()];
        using var lifetime = new Started();
        using var rooms = new FollowedRooms([.. all.Select(room => Followed(place.Store(room), service))], lifetime.Hosted);

        await rooms.StartAsync(TestContext.Current.CancellationToken);
        lifetime.Hosted.NotifyStarted();

        await Eventually.Holds(() => rooms.States.Rooms.Where(room => room.Name != "statistics")
            .All(room => room is { State: RoomState.Following } && room.Position == service.Transfers.Count));
        await Eventually.Holds(() => rooms.States.Rooms[0] is { State: RoomState.Stopped, Position: 49 });
        Assert.Equal("degraded", rooms.States.Status);
        await Eventually.Holds(() => new[] { "notifications", "risk", "earnings" }.All(name =>
        {
            lock (service.Reports)
                return service.Reports.Any(report => report.Room == name && report.Progress.Position == service.Transfers.Count);
        }));
        // Rooms with different tables have counted the same.
        lock (service.Reports)
            Assert.Single(service.Reports.Where(report => report.Progress.Position == service.Transfers.Count)
                .Select(report => report.Progress).Distinct());
        await rooms.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(rooms.ExecuteTask!.IsCompletedSuccessfully);
    }

    private static FollowedRoom Followed(RoomStore store, FakeService service) => new(store, service.Follow(store),
        new ProgressReporter(store, service.Client(), TimeProvider.System, service.Logger<ProgressReporter>()));

    private sealed class Started : IDisposable
    {
        public ApplicationLifetime Hosted { get; } = new(NullLogger<ApplicationLifetime>.Instance);

        public void Dispose() => Hosted.StopApplication();
    }
}
