using Microsoft.Extensions.Time.Testing;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The clock by which lines of an earlier run wait. It moves only when they are to look again, so that they do not work
/// beside other commands. It knows which of them wait.
/// </summary>
internal sealed class SettlingClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly AsyncLocal<Settling?> _current = new();

    /// <summary>Begins to settle a message. Waits that begin in it are its own.</summary>
    public Settling Run(Func<Task> settle)
    {
        var settling = new Settling();
        _current.Value = settling;
        settling.Task = settle();
        _current.Value = null;
        return settling;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _current.Value?.Wait();
        return timer;
    }
}

/// <summary>A message that is being settled.</summary>
internal sealed class Settling
{
    private TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task { get; set; } = Task.CompletedTask;

    public Task DoneOrWaiting => Task.WhenAny(Task, _waits.Task);

    /// <summary>It begins to wait.</summary>
    public void Wait() => _waits.TrySetResult();

    /// <summary>Its wait ends with the next move of the clock.</summary>
    public void Wake()
    {
        if (_waits.Task.IsCompleted)
            _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
