namespace RedPacket.Subscribers.Following;

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
            RoomState[] states = [.. rooms.Select(room => room.State)];
            var isWell = states.All(state => state.State is RoomState.Following or RoomState.CatchingUp or RoomState.Off);
            return new RoomsAnswer(isWell ? "ready" : "degraded", states);
        }
    }

    public override void Dispose()
    {
        foreach (var room in rooms)
            room.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = lifetime.ApplicationStarted.Register(started.SetResult);
        await using var stop = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        // A host that could not start stops without having started.
        await ((Task)started.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!started.Task.IsCompletedSuccessfully)
            return;
        await Task.WhenAll(rooms.Select(room => room.Start()));
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(rooms.Select(room => room.Stop()));
    }
}
