using RedPacket.Packets;

namespace RedPacket.Grabs;

/// <summary>
/// Grabs of one shard whose packet is still being compared with the ledger. One loop asks for all of these packets. Then their grabs go on,
/// in the order in which they came.
/// </summary>
/// <param name="goOn">Takes a grab whose packet was compared.</param>
internal sealed class UncheckedGrabs(int shard, PacketChecks checks, HoldOptions hold, TimeProvider clock, Action<PendingGrab> goOn)
{
    private const int PerQuestion = 200;
    private readonly Dictionary<string, WaitingGrabs> _waiting = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Takes a grab that was answered 'unchecked'. Fails it immediately when too many wait, or none is to wait.</summary>
    public void Add(PendingGrab grab)
    {
        lock (_waiting)
        {
            if (_count < hold.HoldMax && hold.HoldFor > TimeSpan.Zero)
            {
                if (_waiting.Count == 0)
                    _ = Task.Run(Loop);
                if (!_waiting.TryGetValue(grab.PacketId, out var grabs))
                    _waiting[grab.PacketId] = grabs = new WaitingGrabs(clock.GetTimestamp());
                grabs.Grabs.Add(grab);
                _count++;
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
                if (_waiting.Count == 0)
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
                Take(packetId).ForEach(goOn);
            foreach (var packetId in packetIds.Where(IsOver))
                Take(packetId).ForEach(grab => grab.Fail(PacketChecks.NotYet(packetId)));
        }
        catch (Exception exception)
        {
            foreach (var packetId in packetIds)
                Take(packetId).ForEach(grab => grab.Fail(exception));
        }
    }

    private string[] Waiting()
    {
        lock (_waiting)
            return [.. _waiting.Keys];
    }

    private bool IsOver(string packetId)
    {
        lock (_waiting)
            return _waiting.TryGetValue(packetId, out var grabs) && clock.GetElapsedTime(grabs.Since) >= hold.HoldFor;
    }

    private List<PendingGrab> Take(string packetId)
    {
        lock (_waiting)
        {
            if (!_waiting.Remove(packetId, out var grabs))
                return [];
            _count -= grabs.Grabs.Count;
            return grabs.Grabs;
        }
    }

    private sealed record WaitingGrabs(long Since)
    {
        public List<PendingGrab> Grabs { get; } = [];
    }
}
