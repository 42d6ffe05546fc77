using System.Diagnostics;
using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Reports;

/// <summary>The parts of a report about one packet beyond the counts.</summary>
internal sealed record OnePacket(ClaimsPage? Claims, ClaimTimeline? Claim);

/// <summary>
/// The parts of a report that are leafed through: packets, one packet's claims, one claim's timeline.
/// </summary>
internal sealed class ReportPages(
    RedisReader redis, LedgerReader ledger, PacketComparer comparer, EntryReader entries, RedisPackets packets,
    ComparedShards shards)
{
    /// <summary>A page of packets, newest first.</summary>
    public async Task<PacketsPage?> Packets(ReportRequest request, CancellationToken cancellation)
    {
        var ids = await packets.Newest(request.After, request.Limit);
        var nowMs = await redis.Now();
        var lines = await comparer.Compare(ids, nowMs, cancellation)
            .Where(packet => packet.Stored is not null).Select(packet => Line(packet, nowMs)).ToListAsync(cancellation);
        return new PacketsPage(lines, ids.Count == request.Limit ? ids[^1] : null, await packets.Listed());
    }

    private static PacketLine Line(PacketComparison packet, long nowMs)
    {
        var (stored, found) = (packet.Stored!, packet.Tally);
        return new PacketLine(
            packet.PacketId, found.Verdict, stored.StateAt(nowMs), found.Granted, found.Settled, found.InFlight, found.Missing,
            found.FundedFen, found.GrantedFen, found.RefundedFen, found.LeftFen, stored.SenderId, EntryState.Time(stored.CreatedAt));
    }

    /// <summary>
    /// Everything about one packet. Adds to the draft what it finds. Null when neither side knows the packet, or the
    /// claim asked for.
    /// </summary>
    public async Task<OnePacket?> OnePacket(ReportRequest request, ReportDraft draft, CancellationToken cancellation)
    {
        var packetId = request.PacketId!;
        _ = PacketId.TryParse(packetId, out var shard);
        var stored = await draft.FromBoth(() => redis.Read(packetId));
        var (run, whyUnread) = await draft.FromBoth(() => shards.Ask(shard));
        if (run is null && draft.StoreRead)
            draft.MissStore(whyUnread);
        var compared = await draft.FromBoth(
            async () => await comparer.Compare([packetId], await redis.Now(shard), cancellation).SingleAsync(cancellation));
        if (draft.StoreRead && (await draft.FromBoth(() => shards.Ask(shard))).Run != run)
            draft.MissStore(UnreadReason.GateWasShut(shard));
        if (compared is { Unknown: true } or { Archived: true } && draft.StoreRead)
            return null;
        if (compared is not null && draft.StoreRead)
            draft.Found = compared.Tally;
        else if (stored is not null)
            draft.Found.AddPacket(stored, stored.GrantedFen, 0);
        if (request.UserId is null && request.Ordinal is null)
            return new OnePacket(
                await draft.FromBoth(() => Claims(packetId, stored, After(request), request.Limit, cancellation)), null);
        var (known, claim) = await draft.FromBoth(() => Claim(packetId, stored, request, cancellation));
        return known || !draft.LedgerRead || !draft.StoreRead ? new OnePacket(null, claim) : null;
    }

    /// <summary>The page of a packet's claims that begins after an ordinal.</summary>
    public async Task<ClaimsPage> ClaimsAfter(string packetId, int after, int limit, CancellationToken cancellation) =>
        await Claims(packetId, await redis.Read(packetId), after, limit, cancellation);

    private static int After(ReportRequest request) =>
        request.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) : 0;

    private async Task<ClaimsPage> Claims(
        string packetId, StoredPacket? stored, int after, int limit, CancellationToken cancellation)
    {
        var last = (int)Math.Min((long)after + limit, (stored?.Next ?? 1) - 1);
        var first = (int)Math.Min(after + 1L, int.MaxValue);
        var page = stored is null ? [] : await entries.Grabs(stored, first, last, cancellation);
        // Beyond the packet's own claims there may be rows that it knows nothing of.
        if (page.Count < limit)
        {
            var beyond = Math.Max(first, stored?.Next ?? 1);
            page.AddRange(await entries.GrabsBeyond(packetId, beyond, limit - page.Count, cancellation));
        }
        var lines = page.Where(claim => claim.Status != EntryStatus.None).Select(claim => new ClaimLine(
            claim.Ordinal, claim.Stored?.UserId, claim.Stored?.AmountFen,
            EntryState.Time(claim.Stored?.GrantedAt ?? claim.Recorded?.GrantedAt),
            claim.WireName, claim.Recorded?.UserId, claim.Recorded?.AmountFen));
        return new ClaimsPage([.. lines], page.Count == limit ? page[^1].Ordinal : null);
    }

    private async Task<(bool Known, ClaimTimeline? Claim)> Claim(
        string packetId, StoredPacket? stored, ReportRequest request, CancellationToken cancellation)
    {
        var ordinal = request.Ordinal
            ?? await redis.OrdinalOf(packetId, request.UserId!)
            ?? await ledger.OrdinalOf(packetId, request.UserId!, cancellation);
        if (ordinal is not { } claimed)
            return (false, null);
        var claim = stored is not null && claimed < stored.Next
            ? (await entries.Grabs(stored, claimed, claimed, cancellation))[0]
            : (await entries.GrabsBeyond(packetId, claimed, 1, cancellation)).FirstOrDefault(found => found.Ordinal == claimed);
        if (claim is null || claim.Status == EntryStatus.None
            || (request.UserId is { } user && user != claim.Stored?.UserId && user != claim.Recorded?.UserId))
        {
            return (false, null);
        }
        var trace = stored is null ? null : await redis.TraceOf(packetId, claimed);
        var recording = claim.Recorded is null ? null : await ledger.Recording(claim.Recorded.Recording, cancellation);
        var traceId = recording?.Traceparent is { } parent && ActivityContext.TryParse(parent, null, out var chunk)
            ? chunk.TraceId.ToHexString()
            : null;
        return (true, new ClaimTimeline(
            packetId, claimed, claim.Stored?.UserId ?? claim.Recorded?.UserId, claim.Stored?.AmountFen ?? claim.Recorded?.AmountFen,
            claim.WireName, EntryState.Time(claim.Stored?.GrantedAt ?? claim.Recorded?.GrantedAt), claim.InOutbox,
            EntryState.Time(recording?.PublishedAt), EntryState.Time(recording?.RecordedAt), traceId,
            EntryState.Time(claim.Parked?.ParkedAt), claim.Parked?.Reason, claim.Recorded?.TransferId,
            FollowedTrace.Of(trace)));
    }
}
