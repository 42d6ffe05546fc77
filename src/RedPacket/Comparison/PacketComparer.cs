using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>What was found of one packet. <paramref name="Stored"/> is null when Redis has none; <paramref name="Archived"/> ones count elsewhere.</summary>
internal sealed record PacketComparison(string PacketId, StoredPacket? Stored, ComparisonTally Findings, bool Archived = false)
{
    /// <summary>True when neither side has anything of it.</summary>
    public required bool Unknown { get; init; }
}

/// <summary>
/// Compares packets with the ledger, a page at a time: first by their sums, in one reading of each side; claim by claim only where these differ. What looks
/// wrong is read a second time from the start, and the second reading counts.
/// </summary>
internal sealed class PacketComparer(RedisReader store, LedgerReader ledger, EntryReader entries, IOptions<ReconciliationOptions> options)
{
    /// <summary>
    /// Compares these packets, one after the other: what was found of each names up to thousands of differences, and a page of packets of which everything is on its
    /// way would take a hundred megabytes. <paramref name="nowMs"/>: Redis's clock.
    /// </summary>
    /// <param name="listAtMost">How many differences of each packet that are wrong are kept by name.</param>
    public async IAsyncEnumerable<PacketComparison> Examine(IReadOnlyList<string> packetIds, long nowMs, [EnumeratorCancellation] CancellationToken cancellation, int listAtMost = ComparisonTally.Listed)
    {
        if (packetIds.Count == 0)
            yield break;
        var stored = await store.Read(packetIds);
        var booked = await ledger.Packets(packetIds, cancellation);
        for (var i = 0; i < packetIds.Count; i++)
            yield return await Examine(packetIds[i], stored[i], booked[i], nowMs, listAtMost, cancellation);
    }

    private async Task<PacketComparison> Examine(string packetId, StoredPacket? stored, LedgerPacketSums booked, long nowMs, int listAtMost, CancellationToken cancellation)
    {
        var unknown = stored is null && !booked.HasRows;
        // Marked in the ledger first, then deleted from Redis: from the mark on, its rows count by the sums of its shard.
        if (booked.ArchivedAt is not null)
            return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        var findings = stored is not null && booked.Agrees(stored) ? Agreed(stored, nowMs, listAtMost) : await Walk(packetId, booked, nowMs, listAtMost, cancellation);
        if (findings.WrongTotal + findings.Unbalanced > 0)
        {
            findings = await Walk(packetId, null, nowMs, listAtMost, cancellation);
            // It may have been archived since the page was read: whoever finds it gone from Redis finds the mark in the ledger.
            if (await ledger.ArchivedAt(packetId, cancellation) is not null)
                return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        }
        if (booked.EscrowDifference() is { } difference)
            findings.Accounts.Add(difference);
        return new PacketComparison(packetId, stored, findings) { Unknown = unknown };
    }

    private static ComparisonTally Agreed(StoredPacket packet, long nowMs, int listAtMost)
    {
        var findings = new ComparisonTally(listAtMost) { Granted = packet.Next - 1, Settled = packet.Next - 1, SettledFen = packet.GrantedFen };
        findings.AddPacket(packet, packet.GrantedFen, nowMs);
        return findings;
    }

    // What the sums have shown to be equal (booked) need not be read row by row; null: everything is read.
    private async Task<ComparisonTally> Walk(string packetId, LedgerPacketSums? booked, long nowMs, int listAtMost, CancellationToken cancellation)
    {
        var findings = new ComparisonTally(listAtMost);
        var packet = await store.Read(packetId);
        if (packet is null || booked?.HasFundOf(packet) != true)
            Note(findings, await entries.Fund(packetId, packet, cancellation));
        if (packet is null || booked?.HasRefundsOf(packet) != true)
        {
            foreach (var refund in await entries.Refunds(packetId, packet, cancellation))
                Note(findings, refund);
        }
        var grantedFen = packet is null ? 0 : await Claims(packet, findings, cancellation);
        await Beyond(packetId, packet?.Next ?? 1, findings, cancellation);
        if (booked is null || booked.Grabs.Users != booked.Grabs.Rows)
            await Duplicates(packetId, findings, cancellation);
        if (packet is not null)
            findings.AddPacket(packet, grantedFen, nowMs);
        return findings;
    }

    private async Task<long> Claims(StoredPacket packet, ComparisonTally findings, CancellationToken cancellation)
    {
        var page = options.Value.ClaimsPerPage;
        var grantedFen = 0L;
        for (var from = 1; from < packet.Next; from += page)
        {
            foreach (var claim in await entries.Grabs(packet, from, Math.Min(from + page, packet.Next) - 1, cancellation))
            {
                Note(findings, claim);
                grantedFen += claim.Stored?.AmountFen ?? 0;
            }
        }
        return grantedFen;
    }

    // What the ledger has beyond the claims that were read was granted since, or is an orphan. Only the second is news.
    private async Task Beyond(string packetId, int next, ComparisonTally findings, CancellationToken cancellation)
    {
        var page = options.Value.ClaimsPerPage;
        for (var from = next; ;)
        {
            var beyond = await entries.GrabsBeyond(packetId, from, page, cancellation);
            foreach (var orphan in beyond.Where(claim => claim.Status == EntryStatus.Orphan))
                Note(findings, orphan);
            if (beyond.Count < page)
                return;
            from = beyond[^1].Ordinal + 1;
        }
    }

    // The share that the packet itself names is the user's one; any other row of theirs is the double.
    private async Task Duplicates(string packetId, ComparisonTally findings, CancellationToken cancellation)
    {
        foreach (var shares in (await ledger.Repeated(packetId, ComparisonTally.Listed, cancellation)).GroupBy(row => row.UserId))
        {
            var own = await store.OrdinalOf(packetId, shares.Key) ?? shares.Min(row => row.Ordinal);
            var rightful = shares.FirstOrDefault(row => row.Ordinal == own) ?? shares.First();
            foreach (var row in shares.Where(row => row != rightful))
            {
                findings.Duplicate++;
                findings.AddWrong(new Difference(DifferenceKind.Duplicate, EntryName.Grab, packetId, row.UserId, row.Ordinal, null, row.AmountFen, EntryState.Time(row.GrantedAt)));
            }
        }
    }

    private static void Note(ComparisonTally findings, EntryState entry)
    {
        if (entry.Kind == EntryKind.Grab)
            Count(findings, entry);
        if (entry.Status == EntryStatus.InFlight)
            findings.AddOnItsWay(entry.ToDifference());
        // Parked entries are listed from their own table, all of them, whether or not a packet knows them.
        else if (entry.Status is EntryStatus.Missing or EntryStatus.Orphan or EntryStatus.Mismatch)
            findings.AddWrong(entry.ToDifference());
    }

    private static void Count(ComparisonTally findings, EntryState claim)
    {
        findings.Granted += claim.Stored is null ? 0 : 1;
        findings.Settled += claim.Status == EntryStatus.Settled ? 1 : 0;
        findings.SettledFen += claim.Status == EntryStatus.Settled ? claim.Stored!.AmountFen!.Value : 0;
        findings.InFlight += claim.Status == EntryStatus.InFlight ? 1 : 0;
        findings.InFlightFen += claim.Status == EntryStatus.InFlight ? claim.Stored!.AmountFen ?? 0 : 0;
        findings.Missing += claim.Status == EntryStatus.Missing ? 1 : 0;
        findings.Orphan += claim.Status == EntryStatus.Orphan ? 1 : 0;
        findings.Mismatch += claim.Status == EntryStatus.Mismatch ? 1 : 0;
        findings.Parked += claim.Status == EntryStatus.Parked ? 1 : 0;
    }
}
