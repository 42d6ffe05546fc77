using System.Text.Json;

namespace RedPacket.Packets.Views;

/// <summary>
/// One packet that somebody looks at. It is read for all viewers together. Nobody calls <see cref="Look"/> twice at a time.
/// </summary>
internal sealed class WatchedPacket(string packetId, PacketViews views, TimeProvider clock)
{
    /// <summary>How many shares it keeps, the newest. A viewer who lacks more reads pages of the packet.</summary>
    public const int SharesKept = 1000;

    // A ledger that cannot be read is left alone for some rounds.
    private const int RoundsWithoutLedger = 10;

    // A first viewer waits this long for what the ledger says, and gets it later otherwise.
    private static readonly TimeSpan s_firstAnswer = TimeSpan.FromMilliseconds(300);

    private PacketMoment? _now;
    private Task<HashSet<int>?>? _asked;
    private int _leaveLedger;

    /// <summary>The packet as it was read last; null before the first time.</summary>
    public PacketMoment? Now => Volatile.Read(ref _now);

    /// <summary>True when no event will come any more.</summary>
    public bool IsOver => Now is { Last.Next.IsCompleted: true };

    /// <summary>
    /// Reads what is new, and tells the viewers. It does not wait for the ledger: its answer is told in the round in which it is there.
    /// Throws what a read of the packet throws.
    /// </summary>
    public async Task Look()
    {
        // A Redis that was away is not believed before it was compared with the ledger.
        await views.Compared(packetId);
        if (await views.Find(packetId) is { } packet)
            await Look(packet);
        else
            End();
    }

    /// <summary>Ends the events. The viewers may ask again, and are told what is wrong.</summary>
    public void End()
    {
        if (Now is { } now && !IsOver)
            now.Last.Follow(null);
    }

    private async Task Look(PacketAnswer packet)
    {
        AskLedger();
        if (Now is not { } before)
            await Begin(packet);
        else if (packet != before.Packet)
            await Compare(before, packet);
        await TellSettled();
        if (Now!.IsFinal)
            End();
    }

    private async Task Begin(PacketAnswer packet)
    {
        Tell(packet, await Newest(packet, 1));
        AskLedger();
        if (_asked is Task asked)
            await asked.WaitAsync(s_firstAnswer, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Compare(PacketMoment before, PacketAnswer packet)
    {
        // With the last share that is known: a Redis that has lost something may have another one in its place.
        var last = before.Packet.GrabbedCount;
        var found = await Newest(packet, Math.Max(1, last));
        var fresh = found.Where(grab => grab.Ordinal > last).ToArray();
        var known = found.FirstOrDefault(grab => grab.Ordinal == last);
        var isSame = known is null || before.Grabs.LastOrDefault(grab => grab.Ordinal == last) is not { } was
            || (was.UserId, was.AmountFen, was.GrabbedAt) == (known.UserId, known.AmountFen, known.GrabbedAt);
        var granted = before.Packet.GrabbedFen + fresh.Sum(grab => grab.AmountFen);
        if (packet.GrabbedCount < last || !isSame || (fresh.Length < SharesKept && granted != packet.GrabbedFen))
            Tell(packet, await Newest(packet, 1));
        else
            Tell(packet, [.. before.Grabs.Concat(fresh).TakeLast(SharesKept)], fresh, []);
    }

    private Task<GrabAnswer[]> Newest(PacketAnswer packet, int first) =>
        views.Granted(packetId, Math.Max(first, packet.GrabbedCount - SharesKept + 1), packet.GrabbedCount);

    // One question for all shares that are pending. SQLite answers synchronously.
    private void AskLedger()
    {
        if (_asked is null && Now is { FirstPending: { } first } now && --_leaveLedger < 0)
            _asked = Task.Run(() => views.Settled(packetId, first.Ordinal, now.Grabs[^1].Ordinal));
    }

    private async Task TellSettled()
    {
        if (_asked is not { IsCompleted: true } asked)
            return;
        _asked = null;
        var inLedger = await asked;
        _leaveLedger = inLedger is null ? RoundsWithoutLedger : 0;
        bool IsNew(GrabAnswer grab) => grab.Settled != true && inLedger?.Contains(grab.Ordinal) == true;
        var now = Now!;
        int[] settled = [.. now.Grabs.Where(IsNew).Select(grab => grab.Ordinal)];
        if (settled.Length > 0)
            Tell(now.Packet, [.. now.Grabs.Select(grab => IsNew(grab) ? grab with { Settled = true } : grab)], [], settled);
    }

    // The viewers begin anew.
    private void Tell(PacketAnswer packet, IReadOnlyList<GrabAnswer> grabs) =>
        Tell(packet, grabs, new PacketEvent(PacketEvent.Whole, PacketMoment.TextOf(packet, grabs)));

    private void Tell(PacketAnswer packet, IReadOnlyList<GrabAnswer> grabs, IReadOnlyList<GrabAnswer> fresh, IReadOnlyList<int> settled)
    {
        var change = new PacketChangeAnswer(packet.State, packet.GrabbedCount, packet.GrabbedFen, packet.LeftFen, packet.RefundedFen,
            packet.Luckiest, fresh, settled);
        var text = JsonSerializer.Serialize(change, PacketAnswersJson.Readable.PacketChangeAnswer);
        Tell(packet, grabs, new PacketEvent(PacketEvent.Change, text));
    }

    // A viewer who begins meanwhile has either the packet with this event in it, or the packet before and then the event.
    private void Tell(PacketAnswer packet, IReadOnlyList<GrabAnswer> grabs, PacketEvent next)
    {
        var before = Now;
        Volatile.Write(ref _now, new PacketMoment(packet, grabs, next));
        before?.Last.Follow(next);
    }
}
