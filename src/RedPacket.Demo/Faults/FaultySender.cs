using MassTransit;
using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>The relay's sender, with what may happen to a message before a broker has it. Without a fault it sends like any other.</summary>
internal sealed class FaultySender(IBus bus, BrokerSettings broker, OutboxOptions options, TimeProvider clock) : RelaySender(bus, broker, options, clock)
{
    public bool IsInMemory { get; } = broker.IsInMemory;

    /// <summary>Why nothing can be sent; null when it can.</summary>
    public string? Away { get; set; }

    /// <summary>Each message is sent twice.</summary>
    public bool Twice { get; set; }

    /// <summary>Where messages are shuffled; null when they go as they come.</summary>
    public Shuffle? Shuffle { get; set; }

    /// <summary>Takes entries away before they are sent: what is left of them.</summary>
    public Func<int, IReadOnlyList<OutboxEntry>, Task<IReadOnlyList<OutboxEntry>>>? Thief { get; set; }

    public override Task<long> Prepare(CancellationToken cancellation) =>
        Away is { } reason ? Task.FromException<long>(new InvalidOperationException(reason)) : base.Prepare(cancellation);

    public override async Task<(SendOutcome Outcome, string Reason)> Send(int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
    {
        if (Away is { } reason)
            return (SendOutcome.Failed, reason);
        if (Thief is { } thief && !slow)
            entries = await thief(shard, entries);
        if (entries.Count == 0)
            return (SendOutcome.Confirmed, "");
        return Shuffle is { } shuffle ? await shuffle.Send(SendIt, cancellation) : await SendIt();

        async Task<(SendOutcome Outcome, string Reason)> SendIt()
        {
            var first = await base.Send(shard, run, entries, slow, cancellation);
            return Twice ? await base.Send(shard, run, entries, slow, cancellation) : first;
        }
    }
}

/// <summary>Holds messages until some have come together, or a moment is over, and lets the last go first.</summary>
internal sealed class Shuffle(TimeProvider clock)
{
    private const int Together = 4;
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(400);
    private readonly Lock _lock = new();
    private List<Held> _held = [];

    public Task<(SendOutcome Outcome, string Reason)> Send(Func<Task<(SendOutcome Outcome, string Reason)>> send, CancellationToken cancellation)
    {
        var held = new Held(send, new TaskCompletionSource<(SendOutcome, string)>(TaskCreationOptions.RunContinuationsAsynchronously));
        List<Held>? full = null;
        lock (_lock)
        {
            _held.Add(held);
            if (_held.Count == 1)
                _ = LetGoAfterAMoment(_held, cancellation);
            if (_held.Count == Together)
                (full, _held) = (_held, []);
        }

        if (full is not null)
            _ = LetGo(full);
        return held.Answer.Task;
    }

    private async Task LetGoAfterAMoment(List<Held> held, CancellationToken cancellation)
    {
        await Task.Delay(s_moment, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            if (_held != held)
                return;
            _held = [];
        }

        await LetGo(held);
    }

    // One after the other, each only when the broker has the one before it.
    private static async Task LetGo(List<Held> held)
    {
        for (var i = held.Count - 1; i >= 0; i--)
        {
            try
            {
                held[i].Answer.TrySetResult(await held[i].Send());
            }
            catch (OperationCanceledException stopped)
            {
                held[i].Answer.TrySetCanceled(stopped.CancellationToken);
            }
        }
    }

    private sealed record Held(Func<Task<(SendOutcome Outcome, string Reason)>> Send, TaskCompletionSource<(SendOutcome Outcome, string Reason)> Answer);
}
