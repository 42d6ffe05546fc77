namespace RedPacket.Demo.Faults;

/// <summary>The allowed duration of a fault, in seconds.</summary>
internal sealed record FaultSeconds(int Min, int Max, int Default);

/// <summary>
/// A real failure that lasts for a limited time. Begin and End alternate and never overlap. End comes when the time is
/// over, when somebody ends the fault early, and at shutdown. It undoes the fault in every case.
/// </summary>
internal abstract class Fault
{
    private static readonly FaultSeconds s_usualSeconds = new(1, 300, 20);
    private TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The name in URLs and on plots.</summary>
    public abstract string Id { get; }

    public virtual FaultSeconds Seconds => s_usualSeconds;

    /// <summary>The reason why this process cannot stage the fault; null if it can.</summary>
    public virtual string? UnavailableReason => null;

    /// <summary>Ends before the fault's time if the event that it waited for has happened.</summary>
    public Task Completed => _completed.Task;

    public async Task Begin(TimeSpan duration, CancellationToken cancellation)
    {
        _completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Start(duration, cancellation);
    }

    /// <summary>Undoes the fault. <paramref name="early"/>: before its time, or at shutdown.</summary>
    public abstract Task End(bool early);

    protected abstract Task Start(TimeSpan duration, CancellationToken cancellation);

    protected void Complete() => _completed.TrySetResult();
}
