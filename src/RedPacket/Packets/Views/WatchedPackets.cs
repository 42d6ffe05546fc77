using RedPacket.Hosting;

namespace RedPacket.Packets.Views;

/// <summary>
/// The packets that somebody looks at. Each is read twice a second for all its viewers, so a crowd of viewers asks Redis no more often than
/// one. Every process reads for its own viewers, so nothing has to be sent between processes (PROTOCOL 9.4).
/// </summary>
internal sealed class WatchedPackets(PacketViews views, TimeProvider clock, ILogger<WatchedPackets> logger)
{
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    // For how long viewers wait for a Redis that does not answer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

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
    /// <see cref="OutageException"/> when Redis does not answer, or the packet was not compared in time.
    /// </summary>
    public async Task<PacketViewer?> View(string packetId)
    {
        Watch? watch;
        lock (_lock)
        {
            if (!_watches.TryGetValue(packetId, out watch) || watch.Packet.IsOver)
                _watches[packetId] = watch = new Watch(packetId, new WatchedPacket(packetId, views, clock), Begin);
            watch.Viewers++;
        }
        var viewer = new PacketViewer(watch.Packet, () => Leave(watch));
        try
        {
            await watch.Begun.Value;
        }
        catch
        {
            viewer.Dispose();
            throw;
        }
        if (watch.Packet.Now is not null)
            return viewer;
        viewer.Dispose();
        return null;
    }

    private async Task Begin(Watch watch)
    {
        var stop = watch.Stop.Token;
        try
        {
            await watch.Packet.Look();
            watch.ReadAt = clock.GetTimestamp();
            if (watch.Packet.Now is not null)
                _ = Task.Run(() => new Loop(clock, _ => true, exception => Postponed(watch, exception)).Run(Every, _ => Look(watch), stop));
        }
        finally
        {
            // The next caller tries again, even if the callers of this one are still there.
            if (watch.Packet.Now is null)
                Forget(watch);
        }
    }

    private async Task Look(Watch watch)
    {
        if (!watch.Packet.IsOver)
            await watch.Packet.Look();
        watch.ReadAt = clock.GetTimestamp();
        if (watch.Packet.IsOver)
            await watch.Stop.CancelAsync();
    }

    // Viewers whose events have ended ask again, and are then told what is away.
    private void Postponed(Watch watch, Exception exception)
    {
        logger.RoundPostponed(exception.Message);
        if (clock.GetElapsedTime(watch.ReadAt) > s_patience)
            watch.Packet.End();
    }

    // Nobody can join a watch that its last viewer has left.
    private void Leave(Watch watch)
    {
        lock (_lock)
        {
            if (--watch.Viewers > 0)
                return;
            Forget(watch);
        }
        watch.Stop.Cancel();
        watch.Dispose();
    }

    private void Forget(Watch watch)
    {
        lock (_lock)
        {
            if (_watches.GetValueOrDefault(watch.PacketId) == watch)
                _watches.Remove(watch.PacketId);
        }
    }

    private sealed class Watch : IDisposable
    {
        public Watch(string packetId, WatchedPacket packet, Func<Watch, Task> begin)
        {
            (PacketId, Packet) = (packetId, packet);
            Begun = new Lazy<Task>(() => begin(this));
        }

        public string PacketId { get; }

        public WatchedPacket Packet { get; }

        /// <summary>The first read, which the first viewer begins.</summary>
        public Lazy<Task> Begun { get; }

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>When it was read last, as a timestamp.</summary>
        public long ReadAt { get; set; }

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
