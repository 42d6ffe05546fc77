using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>The comparison of one packet.</summary>
/// <param name="Stored">Null when Redis does not have it.</param>
/// <param name="Archived">It counts in the sums of its shard, so the tally is empty.</param>
internal sealed record PacketComparison(string PacketId, StoredPacket? Stored, ComparisonTally Tally, bool Archived = false)
{
    /// <summary>True when neither side has it.</summary>
    public required bool Unknown { get; init; }
}

/// <summary>
/// Compares packets with the ledger, a page at a time: first by their sums, in one reading of each side, then claim by claim where these
/// differ. A packet that looks wrong is read a second time from the start, and the second reading counts.
/// </summary>
internal sealed class PacketComparer(RedisReader redis, LedgerReader ledger, EntryReader entries, IOptions<ComparisonOptions> options)
{
    /// <summary>
    /// Yields one packet at a time. One comparison may hold thousands of differences, so a whole page could take 100 MB.
    /// </summary>
    /// <param name="nowMs">The time by the clock of Redis.</param>
    /// <param name="listAtMost">How many wrong differences are kept of each packet.</param>
    public async IAsyncEnumerable<PacketComparison> Compare(
        IReadOnlyList<string> packetIds, long nowMs, [EnumeratorCancellation] CancellationToken cancellation,
        int listAtMost = ComparisonTally.Listed)
    {
        if (packetIds.Count == 0)
            yield break;
        var stored = await redis.Read(packetIds);
        var recorded = await ledger.Packets(packetIds, cancellation);
        for (var i = 0; i < packetIds.Count; i++)
            yield return await Compare(packetIds[i], stored[i], recorded[i], nowMs, listAtMost, cancellation);
    }

    private async Task<PacketComparison> Compare(
        string packetId, StoredPacket? stored, LedgerPacketSums recorded, long nowMs, int listAtMost, CancellationToken cancellation)
    {
        var unknown = stored is null && !recorded.HasRows;
        // It is marked in the ledger first and then deleted from Redis. From the mark on, its rows count in the sums of its shard.
        if (recorded.ArchivedAt is not null)
            return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        var tally = stored is not null && recorded.Agrees(stored)
            ? Agreed(stored, nowMs, listAtMost)
            : await Walk(packetId, recorded, nowMs, listAtMost, cancellation);
        if (tally.WrongTotal + tally.Unbalanced > 0)
        {
            tally = await Walk(packetId, null, nowMs, listAtMost, cancellation);
            // It may have been archived since the page was read. If it is gone from Redis, its mark is in the ledger.
            if (await ledger.ArchivedAt(packetId, cancellation) is not null)
                return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        }
        if (recorded.EscrowDifference() is { } difference)
            tally.Accounts.Add(difference);
        return new PacketComparison(packetId, stored, tally) { Unknown = unknown };
    }

    private static ComparisonTally Agreed(StoredPacket packet, long nowMs, int listAtMost)
    {
        var granted = packet.Next - 1;
        var tally = new ComparisonTally(listAtMost) { Granted = granted, Settled = granted, SettledFen = packet.GrantedFen };
        tally.AddPacket(packet, packet.GrantedFen, nowMs);
        return tally;
    }

    // Reads row by row what the sums have not shown to be equal. Without sums it reads everything.
    private async Task<ComparisonTally> Walk(
        string packetId, LedgerPacketSums? recorded, long nowMs, int listAtMost, CancellationToken cancellation)
    {
        var tally = new ComparisonTally(listAtMost);
        var packet = await redis.Read(packetId);
        if (packet is null || recorded?.HasFundOf(packet) != true)
            Note(tally, await entries.Fund(packetId, packet, cancellation));
        if (packet is null || recorded?.HasRefundsOf(packet) != true)
        {
            foreach (var refund in await entries.Refunds(packetId, packet, cancellation))
                Note(tally, refund);
        }
        var grantedFen = packet is null ? 0 : await Claims(packet, tally, cancellation);
        await Beyond(packetId, packet?.Next ?? 1, tally, cancellation);
        if (recorded is null || recorded.Grabs.Users != recorded.Grabs.Rows)
            await Duplicates(packetId, tally, cancellation);
        if (packet is not null)
            tally.AddPacket(packet, grantedFen, nowMs);
        return tally;
    }

    private async Task<long> Claims(StoredPacket packet, ComparisonTally tally, CancellationToken cancellation)
    {
        var page = options.Value.ClaimsPerPage;
        var grantedFen = 0L;
        for (var from = 1; from < packet.Next; from += page)
        {
            foreach (var claim in await entries.Grabs(packet, from, Math.Min(from + page, packet.Next) - 1, cancellation))
            {
                Note(tally, claim);
                grantedFen += claim.Stored?.AmountFen ?? 0;
            }
        }
        return grantedFen;
    }

    // A row beyond the claims that were read was granted since, or is an orphan. Only orphans are noted.
    private async Task Beyond(string packetId, int next, ComparisonTally tally, CancellationToken cancellation)
    {
        var page = options.Value.ClaimsPerPage;
        for (var from = next; ;)
        {
            var beyond = await entries.GrabsBeyond(packetId, from, page, cancellation);
            foreach (var orphan in beyond.Where(claim => claim.Status == EntryStatus.Orphan))
                Note(tally, orphan);
            if (beyond.Count < page)
                return;
            from = beyond[^1].Ordinal + 1;
        }
    }

    // The share that the packet names is the right one. Any other row of its user is a duplicate.
    private async Task Duplicates(string packetId, ComparisonTally tally, CancellationToken cancellation)
    {
        foreach (var shares in (await ledger.Repeated(packetId, ComparisonTally.Listed, cancellation)).GroupBy(row => row.UserId))
        {
            var own = await redis.OrdinalOf(packetId, shares.Key) ?? shares.Min(row => row.Ordinal);
            var rightful = shares.FirstOrDefault(row => row.Ordinal == own) ?? shares.First();
            foreach (var row in shares.Where(row => row != rightful))
            {
                tally.Duplicate++;
                tally.AddWrong(new Difference(DifferenceKind.Duplicate, EntryName.Grab, packetId, row.UserId, row.Ordinal, null,
                    row.AmountFen, EntryState.Time(row.GrantedAt)));
            }
        }
    }

    private static void Note(ComparisonTally tally, EntryState entry)
    {
        if (entry.Kind == EntryKind.Grab)
            Count(tally, entry);
        if (entry.Status == EntryStatus.InFlight)
            tally.AddInFlight(entry.ToDifference());
        // The report lists all parked entries from their table, even those that no packet knows.
        else if (entry.Status is EntryStatus.Missing or EntryStatus.Orphan or EntryStatus.Mismatch)
            tally.AddWrong(entry.ToDifference());
    }

    private static void Count(ComparisonTally tally, EntryState claim)
    {
        tally.Granted += claim.Stored is null ? 0 : 1;
        tally.Settled += claim.Status == EntryStatus.Settled ? 1 : 0;
        tally.SettledFen += claim.Status == EntryStatus.Settled ? claim.Stored!.AmountFen!.Value : 0;
        tally.InFlight += claim.Status == EntryStatus.InFlight ? 1 : 0;
        tally.InFlightFen += claim.Status == EntryStatus.InFlight ? claim.Stored!.AmountFen ?? 0 : 0;
        tally.Missing += claim.Status == EntryStatus.Missing ? 1 : 0;
        tally.Orphan += claim.Status == EntryStatus.Orphan ? 1 : 0;
        tally.Mismatch += claim.Status == EntryStatus.Mismatch ? 1 : 0;
        tally.Parked += claim.Status == EntryStatus.Parked ? 1 : 0;
    }
}
