using RedPacket.Hosting;

namespace RedPacket.Packets;

/// <summary>
/// Whether money may move on this Redis. The room Operations inspects Redis and decides. The scripts that move money
/// obey.
/// </summary>
internal sealed class StoreRefusal
{
    private volatile Refused? _now;

    /// <summary>Refuses from now on.</summary>
    /// <param name="reason">In words for callers, with the remedy.</param>
    public void Begin(Outage outage, string reason) => _now = new Refused(outage, reason);

    public void End() => _now = null;

    /// <exception cref="OutageException">Money may not move now.</exception>
    public void Check()
    {
        if (_now is { } refused)
            throw new OutageException(refused.Outage, refused.Reason);
    }

    private sealed record Refused(Outage Outage, string Reason);
}
