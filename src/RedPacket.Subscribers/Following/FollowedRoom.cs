using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>
/// A room with all that it needs. It can be stopped and started while its host runs, and made anew from the feed.
/// </summary>
internal sealed class FollowedRoom(RoomStore store, Follower follower, ProgressReporter reporter) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private CancellationTokenSource? _stop;
    private volatile bool _isOff;
    private Task _work = Task.CompletedTask;

    public RoomStore Store => store;

    /// <summary>The room as its readers see it.</summary>
    public RoomState State => _isOff ? follower.State with { State = RoomState.Off, Detail = null } : follower.State;

    /// <summary>Begins to follow the ledger. Does nothing if it does so already.</summary>
    public Task Start() => Alone(() =>
    {
        Begin();
        return Task.CompletedTask;
    });

    /// <summary>
    /// Returns when it asks the feed no more, and reports no more. Its data stays, and can be read unless it was about to be
    /// built again.
    /// </summary>
    public Task Stop() => Alone(async () =>
    {
        await End();
        _isOff = true;
    });

    /// <summary>Deletes what the room has, and reads the ledger from its first transfer.</summary>
    public Task BuildAgain() => Alone(async () =>
    {
        await End();
        await follower.BeginAgain();
        Begin();
    });

    /// <summary>A message brings transfers. A room that is stopped takes none, because the feed has them too.</summary>
    public Task Take(TransfersSettled message, CancellationToken cancellation) =>
        _isOff ? Task.CompletedTask : follower.Take(message, cancellation);

    // The semaphore and the token source stay, because a stop may still use them.
    public void Dispose()
    {
        _stop?.Cancel();
        follower.Dispose();
    }

    private void Begin()
    {
        if (_stop is not null)
            return;
        _stop = new CancellationTokenSource();
        _isOff = false;
        var stopping = _stop.Token;
        // SQLite answers synchronously: a room has a thread while it works.
        _work = Task.WhenAll(
            Task.Run(() => follower.Run(stopping), CancellationToken.None), Task.Run(() => reporter.Run(stopping), CancellationToken.None));
    }

    private async Task End()
    {
        if (_stop is null)
            return;
        var stop = _stop;
        await stop.CancelAsync();
        await _work;
        _stop = null;
        stop.Dispose();
    }

    private async Task Alone(Func<Task> work)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await work();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
