using RedPacket.Hosting;

namespace RedPacket.Packets.Views;

/// <summary>
/// The packets that somebody looks at. Each is read twice a second for all its viewers, so a crowd of viewers asks Redis no more often than
/// one. Every process reads for its own viewers, so nothing has to be sent between processes (PROTOCOL 9.4).
/// </summary>
internal sealed class WatchedPackets(PacketViews views, TimeProvider clock, ILogger<WatchedPackets> logger)
{
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>How many packets are read.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _watches.Count;
        }
    }

    /// <summary>
    /// Begins to look at a packet, until the viewer is disposed. Null when Redis has no such packet, or one that cannot be read. Throws
    /// <see cref="OutageException"/> when Redis does not answer.
    /// </summary>
    public async Task<PacketViewer?> View(string packetId)
    {
        Watch? watch;
        lock (_lock)
        {
            if (!_watches.TryGetValue(packetId, out watch))
            {
                watch = new Watch(new WatchedPacket(packetId, views));
                watch.Known = new Lazy<Task<bool>>(() => Begin(packetId, watch));
                _watches[packetId] = watch;
            }
            watch.Viewers++;
        }
        var viewer = new PacketViewer(watch.Packet, () => Leave(packetId, watch));
        try
        {
            if (await watch.Known!.Value)
                return viewer;
        }
        catch
        {
            viewer.Dispose();
            throw;
        }
        viewer.Dispose();
        return null;
    }

    private async Task<bool> Begin(string packetId, Watch watch)
    {
        try
        {
            await views.Compared(packetId);
            await watch.Packet.Look();
            if (watch.Packet.IsKnown)
                _ = Task.Run(() => new Loop(clock, _ => true, Postponed).Run(Every, _ => Look(watch), watch.Stop.Token));
            return watch.Packet.IsKnown;
        }
        finally
        {
            // The next caller tries again, even if the callers of this one are still there.
            if (!watch.Packet.IsKnown)
                Forget(packetId, watch);
        }
    }

    private void Postponed(Exception exception) => logger.RoundPostponed(exception.Message);

    private static async Task Look(Watch watch)
    {
        if (watch.Packet.IsOver)
            await watch.Stop.CancelAsync();
        else
            await watch.Packet.Look();
    }

    // Nobody can join a watch that its last viewer has left.
    private void Leave(string packetId, Watch watch)
    {
        lock (_lock)
        {
            if (--watch.Viewers > 0)
                return;
            Forget(packetId, watch);
        }
        watch.Stop.Cancel();
        watch.Dispose();
    }

    private void Forget(string packetId, Watch watch)
    {
        lock (_lock)
        {
            if (_watches.GetValueOrDefault(packetId) == watch)
                _watches.Remove(packetId);
        }
    }

    private sealed class Watch(WatchedPacket packet) : IDisposable
    {
        public WatchedPacket Packet => packet;

        /// <summary>Whether there is such a packet. The first viewer asks.</summary>
        public Lazy<Task<bool>>? Known { get; set; }

        public CancellationTokenSource Stop { get; } = new();

        public int Viewers { get; set; }

        public void Dispose() => Stop.Dispose();
    }
}

/// <summary>Somebody who looks at a packet, until it is disposed.</summary>
internal sealed class PacketViewer(WatchedPacket packet, Action leave) : IDisposable
{
    private int _gone;

    public WatchedPacket Packet => packet;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _gone, 1) == 0)
            leave();
    }
}
