using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>
/// Reads entries by identity, from all sides, in the order that makes the answer true: the packet, then the outbox, then the ledger. An entry only ever moves
/// along this way (it leaves the outbox after the ledger or the parked table has it, and the parked table in the transaction that books it), so one that is on
/// its way is met at one station at least. What was met at none is looked for among the parked, and then in the ledger once more.
/// </summary>
internal sealed class EntryReader(RedisReader store, LedgerReader ledger)
{
    private static readonly Dictionary<int, ParkedClaim> s_noneParked = [];

    /// <summary>The grabs of a packet with ordinals from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public async Task<List<EntryState>> Grabs(StoredPacket packet, int from, int to, CancellationToken cancellation)
    {
        int[] ordinals = [.. Enumerable.Range(from, Math.Max(0, to - from + 1))];
        var claims = await store.Claims(packet.PacketId, ordinals);
        var inOutbox = await store.InOutbox(packet.Shard, [.. claims.Select(claim => claim?.Line(packet.PacketId))]);
        var booked = await Booked(packet.PacketId, from, to, cancellation);
        var parked = s_noneParked;
        if (Enumerable.Range(0, ordinals.Length).Any(i => claims[i] is { } claim && (booked.TryGetValue(ordinals[i], out var row) ? row.UserId != claim.UserId : !inOutbox[i])))
        {
            parked = await Parked(packet.PacketId, EntryKind.Grab, from, to, claims.Select(claim => claim?.Line(packet.PacketId)), cancellation);
            booked = await Booked(packet.PacketId, from, to, cancellation);
        }
        await ReadAgain(packet.PacketId, ordinals, claims, booked);
        return [.. ordinals.Select((ordinal, i) => new EntryState(EntryKind.Grab, packet.PacketId, ordinal, claims[i], inOutbox[i],
            parked.GetValueOrDefault(ordinal), booked.GetValueOrDefault(ordinal)))];
    }

    /// <summary>
    /// The ledger's grabs with an ordinal that the packet had not dealt when it was read, at most <paramref name="take"/>. The packet is read again after the
    /// ledger: a claim that was granted in between is there now.
    /// </summary>
    public async Task<List<EntryState>> GrabsBeyond(string packetId, int from, int take, CancellationToken cancellation)
    {
        var rows = await ledger.Rows(packetId, EntryKind.Grab, from, int.MaxValue, take, cancellation);
        int[] ordinals = [.. rows.Select(row => row.Ordinal)];
        var claims = await store.Claims(packetId, ordinals);
        return [.. rows.Select((row, i) => new EntryState(EntryKind.Grab, packetId, row.Ordinal, claims[i], false, null, row))];
    }

    /// <summary>The packet's fund. A packet that is not there may still have one in the ledger.</summary>
    public Task<EntryState> Fund(string packetId, StoredPacket? packet, CancellationToken cancellation) =>
        One(EntryKind.Fund, packetId, 0, packet, packet is null ? null : new StoredClaim(0, packet.SenderId, packet.AmountFen, packet.CreatedAt), packet?.FundLine, cancellation);

    /// <summary>
    /// The packet's refunds: at least one state, by ordinal. One that the ledger has and the packet had not is looked for in the packet again: it may have been closed
    /// in between.
    /// </summary>
    public async Task<List<EntryState>> Refunds(string packetId, StoredPacket? packet, CancellationToken cancellation)
    {
        List<EntryState> states = [];
        var last = (await ledger.Rows(packetId, EntryKind.Refund, 0, int.MaxValue, int.MaxValue, cancellation)).LastOrDefault()?.Ordinal ?? 0;
        for (var ordinal = 0; ordinal <= Math.Max(last, (packet?.Refunds.Count ?? 0) - 1); ordinal++)
        {
            var state = await One(EntryKind.Refund, packetId, ordinal, packet, Refunded(packet, ordinal), packet?.RefundLine(ordinal), cancellation);
            states.Add(state.Status == EntryStatus.Orphan ? state with { Stored = Refunded(await store.Read(packetId), ordinal) } : state);
        }
        return states;
    }

    private static StoredClaim? Refunded(StoredPacket? packet, int ordinal) =>
        packet?.Refunds.ElementAtOrDefault(ordinal) is > 0 and var fen ? new StoredClaim(ordinal, packet.SenderId, fen, packet.ClosedAt) : null;

    private async Task<EntryState> One(EntryKind kind, string packetId, int ordinal, StoredPacket? packet, StoredClaim? stored, string? line, CancellationToken cancellation)
    {
        var inOutbox = packet is not null && line is not null && (await store.InOutbox(packet.Shard, [line]))[0];
        var state = new EntryState(kind, packetId, ordinal, stored, inOutbox, null, await BookedOnce());
        if (state.Status != EntryStatus.Missing)
            return state;
        var parked = await Parked(packetId, kind, ordinal, ordinal, [line], cancellation);
        return state with { Parked = parked.GetValueOrDefault(ordinal), Booked = await BookedOnce() };

        async Task<LedgerEntry?> BookedOnce() => (await ledger.Rows(packetId, kind, ordinal, ordinal, 1, cancellation)).FirstOrDefault();
    }

    private async Task<Dictionary<int, LedgerEntry>> Booked(string packetId, int from, int to, CancellationToken cancellation) =>
        (await ledger.Rows(packetId, EntryKind.Grab, from, to, int.MaxValue, cancellation)).ToDictionary(row => row.Ordinal);

    // The packet's own lines: another line of the same ordinal is somebody else's, and says nothing of this one.
    private async Task<Dictionary<int, ParkedClaim>> Parked(string packetId, EntryKind kind, int from, int to, IEnumerable<string?> lines, CancellationToken cancellation)
    {
        var own = lines.OfType<string>().ToHashSet(StringComparer.Ordinal);
        return (await ledger.Parked(packetId, kind, from, to, cancellation)).Where(p => own.Contains(p.Payload)).ToDictionary(p => p.Ordinal);
    }

    // A row without a claim: read the packet again before saying so.
    private async Task ReadAgain(string packetId, int[] ordinals, StoredClaim?[] claims, Dictionary<int, LedgerEntry> booked)
    {
        int[] doubtful = [.. Enumerable.Range(0, ordinals.Length).Where(i => claims[i] is null && booked.ContainsKey(ordinals[i]))];
        var again = await store.Claims(packetId, [.. doubtful.Select(i => ordinals[i])]);
        for (var i = 0; i < doubtful.Length; i++)
            claims[doubtful[i]] = again[i];
    }
}
