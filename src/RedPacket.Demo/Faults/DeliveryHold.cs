using MassTransit;
using RedPacket.Messages;

namespace RedPacket.Demo.Faults;

/// <summary>
/// Holds every delivery of both lanes before its consumer while a fault asks for it. The message is not touched.
/// </summary>
internal sealed class DeliveryHold : IConsumeObserver
{
    private readonly Lock _lock = new();
    private readonly HashSet<Fault> _heldBy = [];
    private TaskCompletionSource _released = Released();

    public void Hold(Fault fault)
    {
        lock (_lock)
        {
            if (_heldBy.Add(fault) && _released.Task.IsCompleted)
                _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release(Fault fault)
    {
        lock (_lock)
        {
            if (_heldBy.Remove(fault) && _heldBy.Count == 0)
                _released.TrySetResult();
        }
    }

    public Task PreConsume<T>(ConsumeContext<T> context) where T : class =>
        typeof(T) == typeof(TransfersAccepted) ? _released.Task.WaitAsync(context.CancellationToken) : Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    private static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        released.SetResult();
        return released;
    }
}

/// <summary>Each consumer hangs with a message, and continues with it when the fault ends.</summary>
internal sealed class WorkerHung(DeliveryHold deliveries) : Fault
{
    public override string Id => "worker-hung";

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        deliveries.Hold(this);
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        deliveries.Release(this);
        return Task.CompletedTask;
    }
}
