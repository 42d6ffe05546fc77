using MassTransit;
using RedPacket.Messages;

namespace RedPacket.Demo.Faults;

/// <summary>Stands before the consumers of both lanes: while it is shut, each hangs with the message in its hands, having done nothing about it.</summary>
internal sealed class Deliveries : IConsumeObserver
{
    private readonly Lock _lock = new();
    private readonly HashSet<Fault> _shutBy = [];
    private TaskCompletionSource _open = Opened();

    public void Shut(Fault fault)
    {
        lock (_lock)
        {
            if (_shutBy.Add(fault) && _open.Task.IsCompleted)
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Open(Fault fault)
    {
        lock (_lock)
        {
            if (_shutBy.Remove(fault) && _shutBy.Count == 0)
                _open.TrySetResult();
        }
    }

    public Task PreConsume<T>(ConsumeContext<T> context) where T : class => typeof(T) == typeof(TransfersAccepted) ? _open.Task.WaitAsync(context.CancellationToken) : Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }
}

/// <summary>The consumers hang in the midst of a message, and go on with it when the fault ends.</summary>
internal sealed class WorkerHung(Deliveries deliveries) : Fault
{
    public override string Id => "worker-hung";

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        deliveries.Shut(this);
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        deliveries.Open(this);
        return Task.CompletedTask;
    }
}
