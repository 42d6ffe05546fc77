using MassTransit;
using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>
/// The relay's sender, with the faults that may happen to a message before the broker has it. By default it has none.
/// </summary>
internal sealed class FaultySender(IBus bus, BrokerSettings broker, OutboxOptions options, TimeProvider clock)
    : RelaySender(bus, broker, options, clock)
{
    public bool IsInMemory { get; } = broker.IsInMemory;

    /// <summary>The reason why every send fails; null if sends work.</summary>
    public string? AwayReason { get; set; }

    /// <summary>True if each message is sent twice.</summary>
    public bool SendsTwice { get; set; }

    /// <summary>Reorders messages; null if they keep their order.</summary>
    public Shuffle? Shuffle { get; set; }

    /// <summary>
    /// Removes entries of a shard before they are sent and returns the others; null if it removes none.
    /// </summary>
    public Func<int, IReadOnlyList<OutboxEntry>, Task<IReadOnlyList<OutboxEntry>>>? EntryRemoval { get; set; }

    public override Task<long> Prepare(CancellationToken cancellation) =>
        AwayReason is { } reason ? Task.FromException<long>(new InvalidOperationException(reason)) : base.Prepare(cancellation);

    public override async Task<(SendOutcome Outcome, string Reason)> Send(
        int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
    {
        if (AwayReason is { } reason)
            return (SendOutcome.Failed, reason);
        if (EntryRemoval is { } remove && !slow)
            entries = await remove(shard, entries);
        if (entries.Count == 0)
            return (SendOutcome.Confirmed, "");
        return Shuffle is { } shuffle ? await shuffle.Send(SendNow, cancellation) : await SendNow();

        async Task<(SendOutcome Outcome, string Reason)> SendNow()
        {
            var first = await base.Send(shard, run, entries, slow, cancellation);
            return SendsTwice ? await base.Send(shard, run, entries, slow, cancellation) : first;
        }
    }
}

/// <summary>Holds messages until a batch is full or a short time is over, then sends them in reverse order.</summary>
internal sealed class Shuffle(TimeProvider clock)
{
    private const int BatchSize = 4;
    private static readonly TimeSpan s_maxHold = TimeSpan.FromMilliseconds(400);
    private readonly Lock _lock = new();
    private List<HeldMessage> _held = [];

    public Task<(SendOutcome Outcome, string Reason)> Send(
        Func<Task<(SendOutcome Outcome, string Reason)>> send, CancellationToken cancellation)
    {
        var outcome = new TaskCompletionSource<(SendOutcome, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new HeldMessage(send, outcome);
        List<HeldMessage>? full = null;
        lock (_lock)
        {
            _held.Add(message);
            if (_held.Count == 1)
                _ = ReleaseLater(_held, cancellation);
            if (_held.Count == BatchSize)
                (full, _held) = (_held, []);
        }

        if (full is not null)
            _ = Release(full);
        return outcome.Task;
    }

    private async Task ReleaseLater(List<HeldMessage> batch, CancellationToken cancellation)
    {
        await Task.Delay(s_maxHold, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            if (_held != batch)
                return;
            _held = [];
        }

        await Release(batch);
    }

    // Sends one message at a time, so that the broker receives them in exactly this order.
    private static async Task Release(List<HeldMessage> batch)
    {
        foreach (var message in Enumerable.Reverse(batch))
        {
            try
            {
                message.Outcome.TrySetResult(await message.Send());
            }
            catch (OperationCanceledException exception)
            {
                message.Outcome.TrySetCanceled(exception.CancellationToken);
            }
        }
    }

    private sealed record HeldMessage(
        Func<Task<(SendOutcome Outcome, string Reason)>> Send, TaskCompletionSource<(SendOutcome Outcome, string Reason)> Outcome);
}
