using Microsoft.Extensions.Time.Testing;

namespace RedPacket.Tests.Simulation;

/// <summary>Time that passes only when the history advances it. Each wait on it is announced, so no test has to poll.</summary>
internal sealed class SimulatedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TaskCompletionSource _timer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next wait begins.</summary>
    public Task NextWait => Volatile.Read(ref _timer).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Exchange(ref _timer, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return timer;
    }
}
