namespace RedPacket.Demo.Faults;

/// <summary>For how many seconds a fault may last.</summary>
internal sealed record FaultSeconds(int Min, int Max, int Default);

/// <summary>
/// Something that goes wrong in earnest, for a while. Begin and end are called in turns, never at once; the end comes after the time, when somebody ends it
/// early, and at shutdown, and undoes the fault whatever has become of it.
/// </summary>
internal abstract class Fault
{
    private static readonly FaultSeconds s_usual = new(1, 300, 20);
    private TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its name in addresses and on plots.</summary>
    public abstract string Id { get; }

    public virtual FaultSeconds Seconds => s_usual;

    /// <summary>Why it cannot be staged here; null when it can.</summary>
    public virtual string? WhyNot => null;

    /// <summary>Completed by a fault that is over before its time, because what it waited for has happened.</summary>
    public Task Over => _over.Task;

    /// <summary>Sets it going.</summary>
    public async Task Begin(TimeSpan lasts, CancellationToken cancellation)
    {
        _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Start(lasts, cancellation);
    }

    /// <summary>All is as it should be again. <paramref name="early"/>: before its time, or at shutdown.</summary>
    public abstract Task End(bool early);

    protected abstract Task Start(TimeSpan lasts, CancellationToken cancellation);

    protected void IsOver() => _over.TrySetResult();
}
