using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>
/// Reads entries by identity from all sides: the packet first, then the outbox, then the ledger. An entry moves in this
/// direction only. It leaves the outbox after it is in the ledger or parked, and it is recorded and no longer parked in
/// one transaction. So an entry in flight is found in at least one place. One that is found in none is looked for among
/// the parked entries, and then in the ledger once more.
/// </summary>
internal sealed class EntryReader(RedisReader redis, LedgerReader ledger, IOptions<ComparisonOptions> options)
{
    private static readonly Dictionary<int, ParkedClaim> s_noneParked = [];

    /// <summary>
    /// Entries of many packets, in their order; those of one packet come together. Every
    /// <see cref="ComparisonOptions.ClaimsPerPage"/> take two commands per packet, one look at the outbox of each
    /// shard, and two queries. It does not look among the parked entries.
    /// </summary>
    public async IAsyncEnumerable<EntryState> Read(
        IEnumerable<PacketEntry> entries, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var page in entries.Chunk(options.Value.ClaimsPerPage))
        {
            var stored = await Stored(page);
            var inOutbox = await InOutbox(page, stored);
            var recorded = await ledger.Rows(page, cancellation);
            for (var i = 0; i < page.Length; i++)
            {
                var (packetId, kind, ordinal) = (page[i].Packet.PacketId, page[i].Kind, page[i].Ordinal);
                yield return new EntryState(kind, packetId, ordinal, stored[i], inOutbox[i], null,
                    recorded.GetValueOrDefault((packetId, kind, ordinal)));
            }
        }
    }

    private async Task<StoredClaim?[]> Stored(PacketEntry[] page)
    {
        var grabs = page.Where(entry => entry.Kind == EntryKind.Grab).GroupBy(entry => entry.Packet.PacketId, entry => entry.Ordinal);
        var claims = await Task.WhenAll(grabs.Select(packet => redis.Claims(packet.Key, [.. packet])));
        var inOrder = new Queue<StoredClaim?>(claims.SelectMany(packet => packet));
        return [.. page.Select(entry => entry.Kind switch
        {
            EntryKind.Fund => Funded(entry.Packet),
            EntryKind.Refund => Refunded(entry.Packet, entry.Ordinal),
            _ => inOrder.Dequeue(),
        })];
    }

    private async Task<bool[]> InOutbox(PacketEntry[] page, StoredClaim?[] stored)
    {
        var inOutbox = new bool[page.Length];
        foreach (var shard in Enumerable.Range(0, page.Length).GroupBy(i => page[i].Packet.Shard))
        {
            int[] places = [.. shard];
            var found = await redis.InOutbox(shard.Key, [.. places.Select(i => page[i].Line(stored[i]))]);
            for (var i = 0; i < places.Length; i++)
                inOutbox[places[i]] = found[i];
        }
        return inOutbox;
    }

    /// <summary>The grabs of a packet with ordinals from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public async Task<List<EntryState>> Grabs(StoredPacket packet, int from, int to, CancellationToken cancellation)
    {
        int[] ordinals = [.. Enumerable.Range(from, Math.Max(0, to - from + 1))];
        var claims = await redis.Claims(packet.PacketId, ordinals);
        var inOutbox = await redis.InOutbox(packet.Shard, [.. claims.Select(claim => claim?.Line(packet.PacketId))]);
        var recorded = await RecordedEntries(packet.PacketId, from, to, cancellation);
        var parked = s_noneParked;
        if (Enumerable.Range(0, ordinals.Length).Any(IsDoubtful))
        {
            var lines = claims.Select(claim => claim?.Line(packet.PacketId));
            parked = await Parked(packet.PacketId, EntryKind.Grab, from, to, lines, cancellation);
            recorded = await RecordedEntries(packet.PacketId, from, to, cancellation);
        }
        await ReadAgain(packet.PacketId, ordinals, claims, recorded);
        return [.. ordinals.Select((ordinal, i) => new EntryState(EntryKind.Grab, packet.PacketId, ordinal, claims[i], inOutbox[i],
            parked.GetValueOrDefault(ordinal), recorded.GetValueOrDefault(ordinal)))];

        bool IsDoubtful(int i) => claims[i] is { } claim
            && (recorded.TryGetValue(ordinals[i], out var row) ? row.UserId != claim.UserId : !inOutbox[i]);
    }

    /// <summary>
    /// The ledger's grabs with an ordinal that the packet had not granted when it was read, at most
    /// <paramref name="take"/>. The packet is read again after the ledger, and has the claims that were granted in
    /// between.
    /// </summary>
    public async Task<List<EntryState>> GrabsBeyond(string packetId, int from, int take, CancellationToken cancellation)
    {
        var rows = await ledger.Rows(packetId, EntryKind.Grab, from, int.MaxValue, take, cancellation);
        int[] ordinals = [.. rows.Select(row => row.Ordinal)];
        var claims = await redis.Claims(packetId, ordinals);
        return [.. rows.Select((row, i) => new EntryState(EntryKind.Grab, packetId, row.Ordinal, claims[i], false, null, row))];
    }

    /// <summary>The packet's fund. A packet that Redis does not have may still have one in the ledger.</summary>
    public Task<EntryState> Fund(string packetId, StoredPacket? packet, CancellationToken cancellation)
    {
        var stored = packet is null ? null : Funded(packet);
        return One(EntryKind.Fund, packetId, 0, packet, stored, packet?.FundLine, cancellation);
    }

    private static StoredClaim Funded(StoredPacket packet) =>
        new(0, packet.SenderId, packet.AmountFen, packet.CreatedAt);

    /// <summary>
    /// The packet's refunds by ordinal: at least one state. A refund that only the ledger has is looked for in the
    /// packet again, because the packet may have been closed in between.
    /// </summary>
    public async Task<List<EntryState>> Refunds(string packetId, StoredPacket? packet, CancellationToken cancellation)
    {
        List<EntryState> states = [];
        var rows = await ledger.Rows(packetId, EntryKind.Refund, 0, int.MaxValue, int.MaxValue, cancellation);
        var last = Math.Max(rows.LastOrDefault()?.Ordinal ?? 0, (packet?.Refunds.Count ?? 0) - 1);
        for (var ordinal = 0; ordinal <= last; ordinal++)
        {
            var stored = Refunded(packet, ordinal);
            var state = await One(EntryKind.Refund, packetId, ordinal, packet, stored, packet?.RefundLine(ordinal), cancellation);
            states.Add(state.Status == EntryStatus.Orphan ? state with { Stored = Refunded(await redis.Read(packetId), ordinal) } : state);
        }
        return states;
    }

    private static StoredClaim? Refunded(StoredPacket? packet, int ordinal) =>
        packet?.Refunds.ElementAtOrDefault(ordinal) is > 0 and var fen
            ? new StoredClaim(ordinal, packet.SenderId, fen, packet.ClosedAt)
            : null;

    private async Task<EntryState> One(
        EntryKind kind, string packetId, int ordinal, StoredPacket? packet, StoredClaim? stored, string? line,
        CancellationToken cancellation)
    {
        var inOutbox = packet is not null && line is not null && (await redis.InOutbox(packet.Shard, [line]))[0];
        var state = new EntryState(kind, packetId, ordinal, stored, inOutbox, null, await RecordedEntry());
        if (state.Status != EntryStatus.Missing)
            return state;
        var parked = await Parked(packetId, kind, ordinal, ordinal, [line], cancellation);
        return state with { Parked = parked.GetValueOrDefault(ordinal), Recorded = await RecordedEntry() };

        async Task<LedgerEntry?> RecordedEntry() =>
            (await ledger.Rows(packetId, kind, ordinal, ordinal, 1, cancellation)).FirstOrDefault();
    }

    private async Task<Dictionary<int, LedgerEntry>> RecordedEntries(string packetId, int from, int to,
        CancellationToken cancellation) =>
        (await ledger.Rows(packetId, EntryKind.Grab, from, to, int.MaxValue, cancellation)).ToDictionary(row => row.Ordinal);

    // The packet's own lines only: another line of the same ordinal belongs to another user.
    private async Task<Dictionary<int, ParkedClaim>> Parked(
        string packetId, EntryKind kind, int from, int to, IEnumerable<string?> lines, CancellationToken cancellation)
    {
        var own = lines.OfType<string>().ToHashSet(StringComparer.Ordinal);
        var parked = await ledger.Parked(packetId, kind, from, to, cancellation);
        return parked.Where(claim => own.Contains(claim.Payload)).ToDictionary(claim => claim.Ordinal);
    }

    // Where the ledger has a row without a claim, the packet is read again.
    private async Task ReadAgain(string packetId, int[] ordinals, StoredClaim?[] claims,
        Dictionary<int, LedgerEntry> recorded)
    {
        int[] doubtful = [.. Enumerable.Range(0, ordinals.Length).Where(i => claims[i] is null && recorded.ContainsKey(ordinals[i]))];
        var again = await redis.Claims(packetId, [.. doubtful.Select(i => ordinals[i])]);
        for (var i = 0; i < doubtful.Length; i++)
            claims[doubtful[i]] = again[i];
    }
}
