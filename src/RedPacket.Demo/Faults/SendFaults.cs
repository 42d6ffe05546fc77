using RedPacket.Outbox;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Demo.Faults;

/// <summary>Every message reaches its queue twice.</summary>
internal sealed class DeliveriesTwice(FaultySender sender) : Fault
{
    public override string Id => "deliveries-twice";

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        sender.Twice = true;
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        sender.Twice = false;
        return Task.CompletedTask;
    }
}

/// <summary>Messages overtake each other on their way to the queue.</summary>
internal sealed class DeliveriesOutOfOrder(FaultySender sender, TimeProvider clock) : Fault
{
    public override string Id => "deliveries-out-of-order";

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        sender.Shuffle = new Shuffle(clock);
        return Task.CompletedTask;
    }

    // What it holds goes within a moment.
    public override Task End(bool early)
    {
        sender.Shuffle = null;
        return Task.CompletedTask;
    }
}

/// <summary>
/// The next share that the relay reads is taken out of the outbox before it is sent, as if the process had died between the packet's write and its entry: only
/// the packet knows of it. Over as soon as that has happened.
/// </summary>
internal sealed class EntryLost(FaultySender sender, IConnectionMultiplexer redis, ILogger<EntryLost> logger) : Fault
{
    private int _armed;

    public override string Id => "entry-lost";

    public override FaultSeconds Seconds => new(1, 60, 20);

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        _armed = 1;
        sender.Thief = Take;
        return Task.CompletedTask;
    }

    public override Task End(bool early)
    {
        sender.Thief = null;
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<OutboxEntry>> Take(int shard, IReadOnlyList<OutboxEntry> entries)
    {
        var grabs = entries.Where(entry => entry.Line.StartsWith("g ", StringComparison.Ordinal)).ToArray();
        if (grabs.Length == 0 || Interlocked.Exchange(ref _armed, 0) == 0)
            return entries;
        var taken = grabs[^1];
        await redis.GetDatabase().SortedSetRemoveAsync(PacketKeys.Out(shard), taken.Line);
        logger.EntryTaken(shard, taken.Line);
        IsOver();
        return [.. entries.Where(entry => entry.Seq != taken.Seq)];
    }
}
