using Microsoft.Extensions.Time.Testing;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Time that passes only when the history advances it. Each wait on it is announced, so no test has to poll.
/// </summary>
internal sealed class SimulatedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    /// <summary>More than every proof lives, and less than an opening waits for its fences.</summary>
    public static readonly TimeSpan BeyondAProof = 2 * WinnersProof.Life;

    private TaskCompletionSource _timer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next wait begins.</summary>
    public Task NextWait => Volatile.Read(ref _timer).Task;

    /// <summary>Does work that waits until proofs are over, and lets this time pass.</summary>
    public async Task PassProofs(Func<Task> work)
    {
        var wait = NextWait;
        var doing = work();
        while (await Task.WhenAny(doing, wait) != doing)
        {
            wait = NextWait;
            Advance(BeyondAProof);
        }
        await doing;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Exchange(ref _timer, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return timer;
    }
}

/// <summary>The clock of one process: it may be off by minutes. Its timers are the world's.</summary>
internal sealed class ProcessClock(SimulatedClock clock) : TimeProvider
{
    public TimeSpan Off { get; set; }

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + Off;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
