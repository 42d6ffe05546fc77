using RedPacket.Comparison;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Compares one packet with the ledger, claim by claim, while the gate is closed, and adds what either side lacks: claims that only the ledger knows
/// are written into the packet (the row stands), entries that are in neither outbox nor ledger nor parked go to the outbox.
/// </summary>
internal sealed class PacketRebuild(RedisReader store, LedgerReader books, IDbContextFactory<LedgerDbContext> ledger, Journal journal, IConnectionMultiplexer redis,
    IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketRebuild> logger)
{
    private const int PerPage = 500;

    /// <summary>Mends the packet. <paramref name="madeGood"/>: lines that the house has paid; their users hold these shares, and get no others.</summary>
    public async Task<GateMends> Mend(GateOpening opening, string packetId, StoredPacket? stored, IReadOnlyList<string> madeGood, CancellationToken cancellation)
    {
        if (await Origin(packetId, stored, cancellation) is not { } origin)
        {
            logger.PacketNotRebuilt(packetId);
            return new GateMends(0, 0, []);
        }

        var mended = new GateMends(0, 0, []);
        var sums = new ClaimSums();
        var last = Math.Max(stored is null ? 0 : stored.Next - 1, await HighestOrdinal(packetId, cancellation));
        for (var first = 1; first <= last; first += PerPage)
        {
            var additions = await ComparePage(packetId, first, Math.Min(first + PerPage - 1, last), sums, cancellation);
            if (additions.Fields.Count + additions.Lines.Count > 0)
                await opening.Rebuild(additions);
            mended = Sum(mended, additions, additions.Fields.Count / 2);
        }

        var whole = await Whole(packetId, stored, origin, sums, last, cancellation);
        if (whole is null)
            return mended;
        await opening.Rebuild(whole with { Fields = [.. whole.Fields, .. await Held(packetId, madeGood)] });
        await RestoreKey(packetId, origin, cancellation);
        return Sum(mended, whole, 0);
    }

    private static GateMends Sum(GateMends before, PacketAdditions added, int claims) => new(before.Claims + claims, before.PutBack + added.Lines.Count,
    [
        .. before.Some, .. added.Fields.Where(field => claims > 0 && field.Name.StartsWith("o:", StringComparison.Ordinal)).Select(field => $"{added.PacketId} {field.Name[2..]}"),
        .. added.Lines.Select(Name),
    ]);

    private static string Name(string line) => Entry.TryParse(line, out var entry) ? $"{entry!.PacketId} {RedisPackets.NameOf(entry.Kind, entry.Ordinal)}" : line;

    // Shares that were paid by the house have no ordinal of their own: another has it. All that the packet keeps is whose they are.
    private async Task<IEnumerable<(string, string)>> Held(string packetId, IReadOnlyList<string> madeGood)
    {
        List<(string, string)> fields = [];
        foreach (var line in madeGood)
        {
            if (Entry.TryParse(line, out var entry) && await store.OrdinalOf(packetId, entry!.UserId) is null)
                fields.Add(($"u:{entry.UserId}", string.Create(CultureInfo.InvariantCulture, $"{entry.Ordinal} {entry.AmountFen} {entry.AtMs}")));
        }
        return fields;
    }

    // What the packet was made with: from Redis, else from its fund entry in the ledger. Null when neither knows, or nobody could deal from it.
    private async Task<PacketOrigin?> Origin(string packetId, StoredPacket? stored, CancellationToken cancellation)
    {
        if (stored is not null)
            return PacketTerms.TryParse(stored.Terms) is { } terms ? new PacketOrigin(stored.AmountFen, stored.CreatedAt, stored.Terms, terms) : null;
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        var fund = await (from packet in db.Packets
                          where packet.PacketId == packetId && packet.Terms != null
                          join transfer in db.Transfers on packet.Number equals transfer.Packet
                          where transfer.Kind == EntryKind.Fund
                          select new { transfer.AmountFen, transfer.GrantedAt, packet.Terms }).SingleOrDefaultAsync(cancellation);
        return fund is not null && PacketTerms.TryParse(fund.Terms!) is { } booked ? new PacketOrigin(fund.AmountFen, fund.GrantedAt, fund.Terms!, booked) : null;
    }

    private async Task<int> HighestOrdinal(string packetId, CancellationToken cancellation)
    {
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        return (int)(await (from packet in db.Packets
                            where packet.PacketId == packetId
                            join transfer in db.Transfers on packet.Number equals transfer.Packet
                            where transfer.Kind == EntryKind.Grab
                            select (long?)transfer.Ordinal).MaxAsync(cancellation) ?? 0);
    }

    private async Task<PacketAdditions> ComparePage(string packetId, int first, int last, ClaimSums sums, CancellationToken cancellation)
    {
        int[] ordinals = [.. Enumerable.Range(first, last - first + 1)];
        var held = await store.Claims(packetId, ordinals);
        var booked = (await books.Rows(packetId, EntryKind.Grab, first, last, ordinals.Length, cancellation)).ToDictionary(row => row.Ordinal);
        List<(string, string)> fields = [];
        List<string> unbooked = [];
        List<string> displaced = [];
        foreach (var ordinal in ordinals)
        {
            var claim = held[ordinal - first];
            if (booked.GetValueOrDefault(ordinal) is { } row && (claim?.AmountFen is null || claim.UserId != row.UserId) && await MayHold(packetId, row, ordinal))
            {
                // Redis dealt the share again after it had forgotten it: the row stands.
                if (claim?.Line(packetId) is { } other)
                    displaced.Add(other);
                fields.Add(($"u:{row.UserId}", string.Create(CultureInfo.InvariantCulture, $"{ordinal} {row.AmountFen} {row.GrantedAt}")));
                fields.Add(($"o:{ordinal}", row.UserId));
                sums.Add(ordinal, row.UserId, row.AmountFen, row.GrantedAt);
            }
            else if (claim?.Line(packetId) is { } line)
            {
                sums.Add(ordinal, claim.UserId, claim.AmountFen!.Value, claim.GrantedAt!.Value);
                if (!booked.ContainsKey(ordinal))
                    unbooked.Add(line);
            }
        }

        await Park(packetId, displaced, cancellation);
        return new PacketAdditions(packetId, fields, await NotOnTheirWay(packetId, unbooked, cancellation));
    }

    // Whoever was told of a share that is somebody else's: granted by a run that is over, so the ledger parks it as what comes late, to be made good.
    private async Task Park(string packetId, List<string> lines, CancellationToken cancellation)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        if (lines.Count > 0)
            await journal.Enqueue(
                new Chunk(shard, lines.ConvertAll(ChunkLine.Read), 0, clock.GetUtcNow().ToUnixTimeMilliseconds(), null, Slow: true, Run: ""), cancellation);
    }

    // One user, one share: a row for a user who holds another share here is left to the report.
    private async Task<bool> MayHold(string packetId, LedgerEntry row, int ordinal) => await store.OrdinalOf(packetId, row.UserId) is not { } other || other == ordinal;

    private async Task<IReadOnlyList<string>> NotOnTheirWay(string packetId, IReadOnlyList<string> lines, CancellationToken cancellation)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var inOutbox = await store.InOutbox(shard, lines);
        List<string> rest = [.. lines.Where((_, index) => !inOutbox[index])];
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        var parked = await db.Parked.Where(entry => rest.Contains(entry.Payload)).Select(entry => entry.Payload).ToListAsync(cancellation);
        return [.. rest.Except(parked)];
    }

    // The packet's own fields, from what it was made with and the claims it has now; null when the sums contradict each other.
    private async Task<PacketAdditions?> Whole(string packetId, StoredPacket? stored, PacketOrigin origin, ClaimSums sums, int last, CancellationToken cancellation)
    {
        var terms = origin.Parsed;
        var refunded = await books.Rows(packetId, EntryKind.Refund, 0, int.MaxValue, int.MaxValue, cancellation);
        var refunds = Refunds(stored, refunded);
        var leftFen = origin.AmountFen - sums.Fen - refunds.Sum();
        if (leftFen < 0)
        {
            logger.PacketContradicts(packetId, origin.AmountFen, sums.Fen, refunds.Sum());
            return null;
        }

        var state = refunds.Sum() > 0 || stored?.State == "expired" ? "expired" : leftFen == 0 ? "emptied" : "open";
        // The fen of shares that were granted, are in no refund, and are known to nobody any more: nobody closes the packet again, so they go back here.
        if (state == "expired" && leftFen > 0)
        {
            refunds.Add(leftFen);
            leftFen = 0;
        }
        var expiry = origin.CreatedAt + terms.ExpiresIn * 1000L;
        var closedAt = state == "open" ? (long?)null : stored?.ClosedAt ?? refunded.FirstOrDefault()?.GrantedAt ?? sums.LatestAt;
        List<(string, string)> fields =
        [
            ("terms", origin.Terms), ("sender", terms.Sender), ("amount", Text(origin.AmountFen)), ("count", Text(terms.Count)), ("created", Text(origin.CreatedAt)), ("expiry", Text(expiry)),
            ("state", state), ("next", Text(last + 1)), ("left", Text(leftFen)), ("refund", Text(refunds.Sum())), ("sum", Text(sums.Sum)),
        ];
        if (closedAt is { } closed)
            fields.Add(("closed", Text(closed)));
        if (refunds.Count > 1)
            fields.Add(("refunds", string.Join(' ', refunds.Select(Text))));
        var after = new StoredPacket(packetId, 0, origin.Terms, terms.Sender, origin.AmountFen, terms.Count, origin.CreatedAt, expiry, state, closedAt, last + 1, leftFen, sums.Sum, refunds);
        List<string> unbooked = [];
        if ((await books.Rows(packetId, EntryKind.Fund, 0, 0, 1, cancellation)).Count == 0)
            unbooked.Add(after.FundLine);
        unbooked.AddRange(Enumerable.Range(0, refunds.Count).Except(refunded.Select(row => row.Ordinal)).Select(after.RefundLine).OfType<string>());
        var shares = Splits.ToText(Splits.ByName(terms.Split).Split(origin.AmountFen, terms.Count, terms.SeedNumber));
        return new PacketAdditions(packetId, fields, await NotOnTheirWay(packetId, unbooked, cancellation), closedAt is { } at ? Text(-at) : Text(expiry), shares);
    }

    // By ordinal, as Redis has them, else as they are booked.
    private static List<long> Refunds(StoredPacket? stored, List<LedgerEntry> booked)
    {
        var known = stored?.Refunds ?? [];
        List<long> refunds = [.. known];
        foreach (var row in booked.Where(row => row.Ordinal >= known.Count))
        {
            while (refunds.Count < row.Ordinal)
                refunds.Add(0);
            refunds.Add(row.AmountFen);
        }
        return refunds;
    }

    // So that a send that is repeated after all was lost finds its packet. One that was repeated while the gate was closed has claimed the key for
    // a packet that was never made: that claim gives way.
    private async Task RestoreKey(string packetId, PacketOrigin origin, CancellationToken cancellation)
    {
        var terms = origin.Parsed;
        var life = options.Value.KeyRetention - (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(origin.CreatedAt));
        if (life <= TimeSpan.Zero)
            return;
        var (key, claim) = (PacketKeys.Idempotency(terms.Key), $"{packetId} {terms.ContentHash(origin.AmountFen)}");
        if (await redis.GetDatabase().StringSetAsync(key, claim, life, When.NotExists))
            return;
        if (((string?)await redis.GetDatabase().StringGetAsync(key))?.Split(' ')[0] is { } other && !await IsKnown(other, cancellation))
            await redis.GetDatabase().StringSetAsync(key, claim, life);
    }

    private async Task<bool> IsKnown(string packetId, CancellationToken cancellation) =>
        await store.Read(packetId) is not null || (await books.Packets([packetId], cancellation))[0].HasRows;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record PacketOrigin(long AmountFen, long CreatedAt, string Terms, PacketTerms Parsed);

    private sealed class ClaimSums
    {
        public long Fen { get; private set; }

        public long Sum { get; private set; }

        public long LatestAt { get; private set; }

        public void Add(int ordinal, string userId, long amountFen, long grantedAt)
        {
            Fen += amountFen;
            Sum += Checksum.Of(userId, ordinal, amountFen);
            LatestAt = Math.Max(LatestAt, grantedAt);
        }
    }
}
