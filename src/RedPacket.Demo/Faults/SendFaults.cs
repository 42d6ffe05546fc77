using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Demo.Faults;

/// <summary>Every message is sent twice.</summary>
internal sealed class DeliveriesTwice(FaultySender sender) : Fault
{
    public override string Id => "deliveries-twice";

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        sender.SendsTwice = true;
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        sender.SendsTwice = false;
        return Task.CompletedTask;
    }
}

/// <summary>Messages overtake each other before they reach the queue.</summary>
internal sealed class DeliveriesOutOfOrder(FaultySender sender, TimeProvider clock) : Fault
{
    public override string Id => "deliveries-out-of-order";

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        sender.Shuffle = new Shuffle(clock);
        return Task.CompletedTask;
    }

    // The shuffle sends the messages that it still holds within half a second.
    public override Task End(bool early)
    {
        sender.Shuffle = null;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Removes the next share from the outbox before the relay sends it, as if the process had died between the packet's
/// write and its entry. Then only the packet knows this share. The fault ends as soon as this has happened.
/// </summary>
internal sealed class EntryLost(FaultySender sender, IConnectionMultiplexer redis, ILogger<EntryLost> logger) : Fault
{
    private int _isArmed;

    public override string Id => "entry-lost";

    public override FaultSeconds Seconds => new(1, 60, 20);

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        _isArmed = 1;
        sender.EntryRemoval = RemoveOne;
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        sender.EntryRemoval = null;
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<OutboxEntry>> RemoveOne(int shard, IReadOnlyList<OutboxEntry> entries)
    {
        var grabs = entries.Where(entry => entry.Line.StartsWith("g ", StringComparison.Ordinal)).ToArray();
        if (grabs.Length == 0 || Interlocked.Exchange(ref _isArmed, 0) == 0)
            return entries;
        var removed = grabs[^1];
        await redis.GetDatabase().SortedSetRemoveAsync(PacketKeys.Out(shard), removed.Line);
        logger.EntryRemoved(shard, removed.Line);
        Complete();
        return [.. entries.Where(entry => entry.Seq != removed.Seq)];
    }
}
