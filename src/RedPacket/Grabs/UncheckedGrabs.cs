using RedPacket.Packets;

namespace RedPacket.Grabs;

/// <summary>
/// Grabs of one shard whose packet is still being compared with the ledger. One loop asks for all of these packets.
/// Then their grabs are called in the order in which they came, and those that came meanwhile after them.
/// </summary>
/// <param name="perCall">Grabs in one call, at most.</param>
/// <param name="call">Calls grabs of a packet that was compared; false when it is being compared again, and they were
/// added here.</param>
internal sealed class UncheckedGrabs(
    int shard, PacketChecks checks, HoldOptions hold, TimeProvider clock, int perCall,
    Func<List<PendingGrab>, UncheckedGrabs, Task<bool>> call)
{
    private const int PerQuestion = 200;
    private readonly Dictionary<string, WaitingGrabs> _waiting = new(StringComparer.Ordinal);
    private int _count;
    private int _packets;
    private bool _isRunning;

    /// <summary>
    /// Takes a grab that must not overtake others of its packet, and returns true; false when none of its packet waits.
    /// </summary>
    public bool Join(PendingGrab grab)
    {
        if (Volatile.Read(ref _packets) == 0)
            return false;
        lock (_waiting)
        {
            if (!_waiting.ContainsKey(grab.PacketId))
                return false;
        }
        Add(grab);
        return true;
    }

    /// <summary>
    /// Takes a grab that was answered 'unchecked'. Fails it immediately when too many wait, or none is to wait.
    /// </summary>
    public void Add(PendingGrab grab)
    {
        lock (_waiting)
        {
            if (_count < hold.HoldMax && hold.HoldFor > TimeSpan.Zero)
            {
                if (!_waiting.TryGetValue(grab.PacketId, out var grabs))
                    _waiting[grab.PacketId] = grabs = new WaitingGrabs(clock.GetTimestamp());
                grabs.Grabs.Add(grab);
                _count++;
                Volatile.Write(ref _packets, _waiting.Count);
                if (!_isRunning)
                    _ = Task.Run(Loop);
                _isRunning = true;
                return;
            }
        }
        grab.Fail(PacketChecks.NotYet(grab.PacketId));
    }

    // Ends when no grab waits.
    private async Task Loop()
    {
        while (true)
        {
            await Task.Delay(PacketChecks.AskEvery, clock);
            foreach (var packetIds in Waiting().Chunk(PerQuestion))
                await Ask(packetIds);
            lock (_waiting)
            {
                _isRunning = _waiting.Count > 0;
                if (!_isRunning)
                    return;
            }
        }
    }

    private async Task Ask(string[] packetIds)
    {
        try
        {
            var answers = await checks.Of(shard, packetIds);
            foreach (var (packetId, _) in packetIds.Zip(answers).Where(each => each.Second != PacketCheck.Unchecked))
            {
                if (Begin(packetId) is > 0 and var waiting)
                    _ = Task.Run(() => Call(packetId, waiting));
            }
            foreach (var packetId in packetIds.Where(IsOver))
                Take(packetId).ForEach(grab => grab.Fail(PacketChecks.NotYet(packetId)));
        }
        catch (Exception exception)
        {
            foreach (var packetId in packetIds)
                Take(packetId).ForEach(grab => grab.Fail(exception));
        }
    }

    // Those that wait now, in their order. Those that come meanwhile go after them, and then the packet waits no
    // longer.
    private async Task Call(string packetId, int left)
    {
        while (left > 0 && Take(packetId, Math.Min(left, perCall)) is { Count: > 0 } grabs)
        {
            left -= grabs.Count;
            if (!await call(grabs, this))
                break;
        }
        foreach (var grabs in Take(packetId).Chunk(perCall))
            await call([.. grabs], this);
    }

    // How many wait; 0 when they are being called already.
    private int Begin(string packetId)
    {
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(packetId, out var grabs) || grabs.IsCalled)
                return 0;
            grabs.IsCalled = true;
            return grabs.Grabs.Count;
        }
    }

    private string[] Waiting()
    {
        lock (_waiting)
            return [.. _waiting.Where(packet => !packet.Value.IsCalled).Select(packet => packet.Key)];
    }

    private bool IsOver(string packetId)
    {
        lock (_waiting)
            return _waiting.TryGetValue(packetId, out var grabs) && !grabs.IsCalled && clock.GetElapsedTime(grabs.Since) >= hold.HoldFor;
    }

    // At most so many. The packet waits no longer when there are no more.
    private List<PendingGrab> Take(string packetId, int most = int.MaxValue)
    {
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(packetId, out var waiting))
                return [];
            var grabs = waiting.Grabs.GetRange(0, Math.Min(most, waiting.Grabs.Count));
            waiting.Grabs.RemoveRange(0, grabs.Count);
            _count -= grabs.Count;
            if (most == int.MaxValue)
                _waiting.Remove(packetId);
            Volatile.Write(ref _packets, _waiting.Count);
            return grabs;
        }
    }

    private sealed record WaitingGrabs(long Since)
    {
        public bool IsCalled { get; set; }

        public List<PendingGrab> Grabs { get; } = [];
    }
}
