using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// The additions to one packet: claims written into it, entries put back into the outbox, and the first of both by
/// name.
/// </summary>
/// <param name="IsWhole">False when neither side yields the packet, or both contradict each other. Then it grants no
/// more.</param>
internal sealed record RebuildCount(int Claims, int PutBack, IReadOnlyList<string> Some, bool IsWhole = false);

/// <summary>
/// Compares one packet with the ledger, claim by claim, and adds what either side lacks. Claims that only the ledger
/// has are written into the packet. Entries that are in neither outbox nor ledger nor parked go to the outbox. No
/// script changes the packet meanwhile.
/// </summary>
internal sealed class PacketRebuild(
    RedisReader redis, LedgerReader ledger, LostKeys keys, SplitSeeds seeds, Journal journal, TimeProvider clock,
    ILogger<PacketRebuild> logger)
{
    private const int PerPage = 500;

    /// <summary>Rebuilds the packet, and marks it as compared in the run.</summary>
    /// <param name="lost">Its shares that corrections have paid, or will. Users who were paid keep these and get no others.</param>
    public async Task<RebuildCount> Run(
        GateOpening opening, string run, string packetId, StoredPacket? stored, IReadOnlyList<LostShare> lost,
        CancellationToken cancellation)
    {
        // The ledger records an id of any form, but a packet has one of this version.
        if (!PacketId.TryParse(packetId, out _) || await Origin(packetId, stored, cancellation) is not { } origin)
        {
            logger.PacketNotRebuilt(packetId);
            return new RebuildCount(0, 0, []);
        }

        var count = new RebuildCount(0, 0, []);
        var claims = new ClaimSums();
        // An ordinal beyond the packet's shares is none of its claims, whatever brought it: the report names it.
        var highest = Math.Max(stored is null ? 0 : stored.Next - 1, await ledger.HighestOrdinal(packetId, cancellation));
        var last = Math.Min(highest, origin.Parsed.Count);
        for (var first = 1; first <= last; first += PerPage)
        {
            var additions = await ComparePage(packetId, first, Math.Min(first + PerPage - 1, last), claims, cancellation);
            if (additions.Fields.Count + additions.Lines.Count > 0)
                await opening.Rebuild(additions);
            else
                await opening.Renew();
            count = Sum(count, additions);
        }

        var whole = await Whole(packetId, stored, origin, claims, last, cancellation);
        if (whole is null)
            return count;
        foreach (var some in (await Paid(packetId, lost)).Chunk(PerPage))
            await opening.Rebuild(new PacketAdditions(packetId, some, []));
        // A Redis that was flushed has forgotten these lines, and a ledger that goes back later needs them.
        if (lost.Count > 0 && await journal.Prove([], cancellation) is { } proof)
        {
            foreach (var some in lost.Select(share => share.Line).Chunk(PerPage))
                await opening.Rebuild(new PacketAdditions(packetId, [], []) { Held = some, Parked = proof });
        }
        await opening.Rebuild(whole with { Fields = [.. whole.Fields, (PacketFields.Run, run)] });
        await keys.Restore(opening, [(packetId, origin.AmountFen, origin.CreatedAt, origin.Terms)]);
        return Sum(count, whole) with { IsWhole = true };
    }

    private static RebuildCount Sum(RebuildCount before, PacketAdditions added) => new(
        before.Claims + added.Claims.Count, before.PutBack + added.Lines.Count,
        [
            .. before.Some,
            .. added.Claims.Select(ordinal => $"{added.PacketId} {RedisPackets.NameOf(EntryKind.Grab, ordinal)}"),
            .. added.Lines.Select(Name),
        ]);

    private static string Name(string line) =>
        Entry.TryParse(line, out var entry) ? $"{entry!.PacketId} {RedisPackets.NameOf(entry.Kind, entry.Ordinal)}" : line;

    // A share that a correction has paid has no ordinal in the packet, because another user has it. The packet keeps
    // the user's claim only.
    private async Task<IEnumerable<(string, string)>> Paid(string packetId, IReadOnlyList<LostShare> lost)
    {
        List<(string, string)> fields = [];
        foreach (var (line, _) in lost.Where(share => share.IsPaid))
        {
            if (Entry.TryParse(line, out var entry) && await redis.OrdinalOf(packetId, entry!.UserId) is null)
                fields.Add((PacketFields.User(entry.UserId), Claim.Of(entry).ToString()));
        }
        return fields;
    }

    // The packet's terms: from Redis, else from its fund in the ledger. Null when neither has terms that yield shares.
    private async Task<PacketOrigin?> Origin(string packetId, StoredPacket? stored, CancellationToken cancellation)
    {
        if (stored is not null)
        {
            return PacketTerms.TryParse(stored.Terms, stored.AmountFen) is { } terms
                ? new PacketOrigin(stored.AmountFen, stored.CreatedAt, stored.Terms, terms)
                : null;
        }
        return await ledger.Fund(packetId, cancellation) is { } fund
            && PacketTerms.TryParse(fund.Terms, fund.AmountFen) is { } recorded
            ? new PacketOrigin(fund.AmountFen, fund.GrantedAt, fund.Terms, recorded)
            : null;
    }

    private async Task<PacketAdditions> ComparePage(string packetId, int first, int last, ClaimSums claims,
        CancellationToken cancellation)
    {
        int[] ordinals = [.. Enumerable.Range(first, last - first + 1)];
        var held = await redis.Claims(packetId, ordinals);
        // The outbox before the ledger: an entry moves in this direction only.
        var inOutbox = await InOutbox(packetId, [.. held.Select(claim => claim?.Line(packetId)).OfType<string>()]);
        var rows = await ledger.Rows(packetId, EntryKind.Grab, first, last, ordinals.Length, cancellation);
        var recorded = rows.ToDictionary(row => row.Ordinal);
        List<(string, string)> fields = [];
        List<int> written = [];
        List<string> unrecorded = [];
        List<string> displaced = [];
        foreach (var ordinal in ordinals)
        {
            var claim = held[ordinal - first];
            if (recorded.GetValueOrDefault(ordinal) is { } row && (claim?.AmountFen is null || claim.UserId != row.UserId)
                && await MayHold(packetId, row, ordinal))
            {
                // Redis granted the share again after it had forgotten it. The ledger's row holds.
                if (claim?.Line(packetId) is { } other)
                    displaced.Add(other);
                fields.Add((PacketFields.User(row.UserId), new Claim(ordinal, row.AmountFen, row.GrantedAt).ToString()));
                fields.Add((PacketFields.Ordinal(ordinal), row.UserId));
                written.Add(ordinal);
                claims.Add(ordinal, row.UserId, row.AmountFen, row.GrantedAt);
            }
            else if (claim?.Line(packetId) is { } line)
            {
                claims.Add(ordinal, claim.UserId, claim.AmountFen!.Value, claim.GrantedAt!.Value);
                if (!recorded.ContainsKey(ordinal) && !inOutbox.Contains(line))
                    unrecorded.Add(line);
            }
        }

        var mark = await Park(packetId, displaced, cancellation);
        return new PacketAdditions(packetId, fields, await NotParked(unrecorded, cancellation))
        {
            Claims = written,
            Held = displaced,
            Parked = mark,
        };
    }

    // These users were promised shares that the ledger gave to others. The ledger parks the lines as those of an
    // earlier run, to be paid. Returns the transaction that has them.
    private async Task<LedgerMark> Park(string packetId, List<string> lines, CancellationToken cancellation)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        if (lines.Count == 0)
            return default;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var chunk = new Chunk(shard, lines.ConvertAll(ChunkLine.Read), 0, now, null, Slow: true, Run: Chunk.LostRun);
        var (outcomes, mark) = await journal.EnqueueWithMark(chunk, cancellation);
        // A duplicate was parked and resolved before. Any other outcome means that the ledger's row is not there any more.
        return outcomes.All(outcome => outcome is RecordOutcome.Parked or RecordOutcome.Duplicate)
            ? mark
            : throw new LedgerUnavailableException($"The ledger did not park the displaced shares of packet {packetId}.");
    }

    // One user, one share: a row for a user who holds another share of the packet is left to the report.
    private async Task<bool> MayHold(string packetId, LedgerEntry row, int ordinal) =>
        await redis.OrdinalOf(packetId, row.UserId) is not { } other || other == ordinal;

    private async Task<HashSet<string>> InOutbox(string packetId, IReadOnlyList<string> lines)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        return [.. lines.Zip(await redis.InOutbox(shard, lines)).Where(line => line.Second).Select(line => line.First)];
    }

    // The lines that are not parked either. They are neither in the outbox nor in the ledger.
    private async Task<IReadOnlyList<string>> NotParked(List<string> lines, CancellationToken cancellation) =>
        lines.Count == 0 ? [] : [.. lines.Except(await ledger.ParkedAmong([.. lines], cancellation))];

    // The packet's own fields, from what it was created with and the claims it has now. Null when the sums contradict
    // each other.
    private async Task<PacketAdditions?> Whole(
        string packetId, StoredPacket? stored, PacketOrigin origin, ClaimSums claims, int last, CancellationToken cancellation)
    {
        var refunded = await Refunds(packetId, cancellation);
        var rebuilt = RebuiltPacket.From(packetId, stored, origin, claims, last, refunded);
        var packet = rebuilt.Packet;
        if (packet.LeftFen < 0)
        {
            logger.PacketContradicts(packetId, origin.AmountFen, claims.Fen, packet.RefundFen);
            return null;
        }

        var unrecorded = await Unrecorded(packet, cancellation);
        // Without its shares the packet grants nothing more. It still answers its winners, and refunds its rest when it
        // expires.
        var shares = seeds.Shares(origin.AmountFen, origin.Parsed);
        if (shares is null)
            logger.SharesUnknown(packetId);
        return new PacketAdditions(
            packetId, [.. rebuilt.Fields], await NotParked(unrecorded, cancellation), rebuilt.Score, shares ?? "");
    }

    // The lines of its fund and its refunds that are neither in the outbox nor, after that, in the ledger.
    private async Task<List<string>> Unrecorded(StoredPacket packet, CancellationToken cancellation)
    {
        var refunds = Enumerable.Range(0, packet.Refunds.Count).Where(ordinal => packet.RefundLine(ordinal) is not null)
            .ToDictionary(ordinal => ordinal, ordinal => packet.RefundLine(ordinal)!);
        var inOutbox = await InOutbox(packet.PacketId, [packet.FundLine, .. refunds.Values]);
        var isFunded = (await ledger.Rows(packet.PacketId, EntryKind.Fund, 0, 0, 1, cancellation)).Count > 0;
        var recorded = (await Refunds(packet.PacketId, cancellation)).Select(row => row.Ordinal).ToHashSet();
        List<string> lines = [.. refunds.Where(refund => !recorded.Contains(refund.Key)).Select(refund => refund.Value)];
        if (!isFunded)
            lines.Insert(0, packet.FundLine);
        return lines.FindAll(line => !inOutbox.Contains(line));
    }

    private Task<List<LedgerEntry>> Refunds(string packetId, CancellationToken cancellation) =>
        ledger.Rows(packetId, EntryKind.Refund, 0, int.MaxValue, int.MaxValue, cancellation);
}
