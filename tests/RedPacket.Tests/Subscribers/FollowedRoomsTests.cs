using Microsoft.Data.Sqlite;
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

    // The host would log a fault of the rooms beside the reason why it did not start.
    [Fact]
    public async Task HostThatDidNotStart_EndsTheRoomsWithoutAFault()
    {
        var lifetime = new NeverStarted();
        using var rooms = new FollowedRooms([], lifetime);
        await rooms.StartAsync(TestContext.Current.CancellationToken);
        await lifetime.Asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        await rooms.StopAsync(TestContext.Current.CancellationToken);

        Assert.True(rooms.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task RoomThatIsOff_TakesNothing_AndGoesOnWhereItWas()
    {
        using var place = await RoomPlace.On(null);
        var all = LedgerStory.Of(40);
        var seen = all.Count / 2;
        using var service = new FakeService { Transfers = all[..seen], State = "agrees" };
        using var room = Followed(place.Store(new EarningsRoom()), service);
        await room.Start();
        await Eventually.Holds(() => room.State is { State: RoomState.Following } state && state.Position == seen);

        await room.Stop();
        service.Transfers = all;
        await room.Take(service.Message(seen + 1, all.Count), TestContext.Current.CancellationToken);

        Assert.Equal((RoomState.Off, seen), (room.State.State, room.Store.Position().Number));
        await room.Start();
        await Eventually.Holds(() => room.State is { State: RoomState.Following } state && state.Position == all.Count);
        await room.Stop();
    }

    [Fact]
    public async Task RoomThatIsBuiltAgain_HasWhatTheLedgerHas()
    {
        using var place = await RoomPlace.On(null);
        using var service = new FakeService { Transfers = LedgerStory.Of(20), State = "agrees" };
        using var room = Followed(place.Store(new EarningsRoom()), service);
        await room.Start();
        await Eventually.Holds(() => room.State is { State: RoomState.Following } state && state.Position == service.Transfers.Count);
        var right = RoomPlace.Dump(room.Store);
        await using (var file = new SqliteConnection($"Data Source={Path.Combine(place.Folder, "earnings.db")}"))
        {
            await file.OpenAsync(TestContext.Current.CancellationToken);
            await using var damage = file.CreateCommand();
            damage.CommandText = "UPDATE earnings SET fen = fen + 1";
            await damage.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        Assert.NotEqual(right, RoomPlace.Dump(room.Store));

        await room.BuildAgain();

        await Eventually.Holds(() => room.State is { State: RoomState.Following } state && state.Position == service.Transfers.Count);
        Assert.Equal(right, RoomPlace.Dump(room.Store));
        await room.Stop();
    }

    private static FollowedRoom Followed(RoomStore store, FakeService service) => new(store, service.Follow(store),
        new ProgressReporter(store, service.Client(), TimeProvider.System, service.Logger<ProgressReporter>()));

    private sealed class NeverStarted : IHostApplicationLifetime
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken ApplicationStarted
        {
            get
            {
                Asked.TrySetResult();
                return CancellationToken.None;
            }
        }

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }

    private sealed class Started : IDisposable
    {
        public ApplicationLifetime Hosted { get; } = new(NullLogger<ApplicationLifetime>.Instance);

        public void Dispose() => Hosted.StopApplication();
    }
}
