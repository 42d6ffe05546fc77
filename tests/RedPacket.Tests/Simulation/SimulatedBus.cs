using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Tests.Simulation;

/// <summary>A message with the broker.</summary>
internal sealed record BusMessage(TransfersAccepted Body, bool Slow);

/// <summary>
/// Both lanes, as one list. The history takes a message from it in any order, or twice, or discards it. The bus never
/// decides anything.
/// </summary>
internal sealed class SimulatedBus
{
    private readonly List<BusMessage> _messages = [];

    public IReadOnlyList<BusMessage> Messages => _messages;

    /// <summary>The outcome of the next sends.</summary>
    public SendOutcome Fate { get; set; } = SendOutcome.Confirmed;

    /// <summary>Whether an unconfirmed send arrives all the same.</summary>
    public bool Arrives { get; set; } = true;

    /// <summary>Takes a message out.</summary>
    public BusMessage Take(int choice)
    {
        var message = _messages[choice % _messages.Count];
        Take(message);
        return message;
    }

    public void Take(BusMessage message) => _messages.Remove(message);

    /// <summary>The message was taken and not acknowledged: the broker delivers it again.</summary>
    public void GiveBack(BusMessage message) => _messages.Add(message);

    public void Purge() => _messages.Clear();

    /// <summary>The relay's way in. Every member that would use the bus of its parent is overridden.</summary>
    internal sealed class Sender(SimulatedBus bus, OutboxOptions options, TimeProvider clock)
        : RelaySender(null!, new BrokerSettings((Uri?)null), options, clock)
    {
        public override Task<long> Prepare(CancellationToken cancellation) =>
            Task.FromResult((long)bus._messages.Count);

        public override Task<(SendOutcome Outcome, string Reason)> Send(
            int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
        {
            if (bus.Fate == SendOutcome.Confirmed || (bus.Fate == SendOutcome.Unknown && bus.Arrives))
                bus._messages.Add(new BusMessage(Message(shard, run, entries, null), slow));
            return Task.FromResult((bus.Fate, "as the history says"));
        }
    }
}
