namespace RedPacket.Subscribers.Following;

/// <summary>A room with all that it needs.</summary>
internal sealed record FollowedRoom(RoomStore Store, Follower Follower, ProgressReporter Reporter);

/// <summary>
/// The rooms of this process. They begin when the host has started: the demo's rooms follow the demo itself. Nothing that
/// happens to them ends the host.
/// </summary>
internal sealed class FollowedRooms(IReadOnlyList<FollowedRoom> rooms, IHostApplicationLifetime lifetime) : BackgroundService
{
    public IReadOnlyList<FollowedRoom> Rooms => rooms;

    /// <summary>As <c>/health/ready</c> shows them.</summary>
    public RoomsAnswer States
    {
        get
        {
            RoomState[] states = [.. rooms.Select(room => room.Follower.State)];
            var isWell = states.All(state => state.State is RoomState.Following or RoomState.CatchingUp);
            return new RoomsAnswer(isWell ? "ready" : "degraded", states);
        }
    }

    public override void Dispose()
    {
        foreach (var room in rooms)
            room.Follower.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = lifetime.ApplicationStarted.Register(started.SetResult);
        await using var stop = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        await started.Task;
        // SQLite answers synchronously: each room has a thread while it works.
        await Task.WhenAll(rooms.SelectMany(room => new[]
        {
            Task.Run(() => room.Follower.Run(stoppingToken), stoppingToken),
            Task.Run(() => room.Reporter.Run(stoppingToken), stoppingToken),
        }));
    }
}
