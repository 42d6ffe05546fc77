using System.Text.Json;

namespace RedPacket.Packets.Views;

/// <summary>One packet that somebody looks at. It is read for all of them together.</summary>
internal sealed class WatchedPacket(string packetId, PacketViews views)
{
    /// <summary>How many shares it keeps. A viewer who lacks more reads pages of the packet.</summary>
    public const int SharesKept = 1000;

    private readonly Lock _lock = new();
    private List<GrabAnswer> _grabs = [];
    private PacketAnswer? _packet;
    // Before the first event there is an empty one, which no viewer gets.
    private PacketEvent _last = new("", "");

    /// <summary>True once it was read.</summary>
    public bool IsKnown => Volatile.Read(ref _packet) is not null;

    /// <summary>True when nothing about it will change any more, or it is not in Redis any more.</summary>
    public bool IsOver => Volatile.Read(ref _last).Next.IsCompleted;

    /// <summary>The text of a viewer's first event, and the event after which the others follow.</summary>
    /// <param name="after">The viewer has the shares up to this ordinal.</param>
    public (string Whole, PacketEvent Last) Begin(int after)
    {
        lock (_lock)
            return (Text(after), _last);
    }

    /// <summary>Reads what is new, and tells the viewers. Nobody calls it twice at the same time.</summary>
    public async Task Look()
    {
        var before = _packet;
        if (await views.Find(packetId) is not { } packet)
        {
            if (before is not null)
                Tell(() => null);
            return;
        }
        var fresh = await Newest(packet, before?.GrabbedCount ?? 0);
        if (before is null || !Continues(before, packet, fresh))
        {
            var all = before is null ? fresh : await Newest(packet, 0);
            Tell(() => BeginAnew(packet, all));
        }
        else
        {
            var settled = await NewlySettled();
            if (packet != before || settled.Count > 0)
                Tell(() => Apply(packet, fresh, settled));
        }
        // A packet that is due has its rest until it is closed.
        if (packet.LeftFen == 0 && _grabs.All(grab => grab.Settled == true))
            Tell(() => null);
    }

    private Task<GrabAnswer[]> Newest(PacketAnswer packet, int after) =>
        views.Grabs(packetId, Math.Max(after, packet.GrabbedCount - SharesKept) + 1, packet.GrabbedCount);

    // The ordinals of shares that the ledger has now and had not before. None while it cannot be read.
    private async Task<IReadOnlyList<int>> NewlySettled()
    {
        if (_grabs.FindIndex(grab => grab.Settled != true) is >= 0 and var first)
        {
            var settled = await views.Settled(packetId, _grabs[first].Ordinal, _grabs[^1].Ordinal);
            return [.. _grabs.Skip(first).Where(grab => grab.Settled != true && settled?.Contains(grab.Ordinal) == true)
                .Select(grab => grab.Ordinal)];
        }
        return [];
    }

    // A Redis that has lost something may know fewer shares, or others in their places. The viewers then begin anew.
    private static bool Continues(PacketAnswer before, PacketAnswer packet, GrabAnswer[] fresh) =>
        packet.GrabbedCount >= before.GrabbedCount
        && (fresh.Length == SharesKept || before.GrabbedFen + fresh.Sum(grab => grab.AmountFen) == packet.GrabbedFen);

    private PacketEvent BeginAnew(PacketAnswer packet, IReadOnlyList<GrabAnswer> grabs)
    {
        (_packet, _grabs) = (packet, [.. grabs]);
        return new PacketEvent(PacketEvent.Whole, Text(0));
    }

    private PacketEvent Apply(PacketAnswer packet, IReadOnlyList<GrabAnswer> fresh, IReadOnlyList<int> settled)
    {
        var known = settled.ToHashSet();
        _packet = packet;
        _grabs = [.. _grabs.Select(grab => known.Contains(grab.Ordinal) ? grab with { Settled = true } : grab).Concat(fresh)
            .TakeLast(SharesKept)];
        var change = new PacketChangeAnswer(packet.State, packet.GrabbedCount, packet.GrabbedFen, packet.LeftFen, packet.RefundedFen,
            packet.Luckiest, fresh, settled);
        return new PacketEvent(PacketEvent.Change, JsonSerializer.Serialize(change, PacketAnswersJson.Readable.PacketChangeAnswer));
    }

    // A viewer who begins now gets either the packet with this event in it, or the packet before and then the event.
    private void Tell(Func<PacketEvent?> make)
    {
        PacketEvent told;
        PacketEvent? next;
        lock (_lock)
        {
            (told, next) = (_last, make());
            _last = next ?? _last;
        }
        told.Follow(next);
    }

    private string Text(int after) => JsonSerializer.Serialize(
        _packet! with { Grabs = [.. _grabs.Where(grab => grab.Ordinal > after)] }, PacketAnswersJson.Readable.PacketAnswer);
}
