using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>The comparison of one packet.</summary>
/// <param name="Stored">Null when Redis does not have it.</param>
/// <param name="Archived">It counts in the sums of its shard, so the tally is empty.</param>
internal sealed record PacketComparison(string PacketId, StoredPacket? Stored, ComparisonTally Tally,
    bool Archived = false)
{
    /// <summary>True when neither side has it.</summary>
    public required bool Unknown { get; init; }
}

/// <summary>
/// Compares packets with the ledger, a page at a time and with a fixed number of questions, however many entries are in
/// flight (PROTOCOL 8.2). The ledger's sums are read before the packets, so they hold nothing that a packet did not have. Entries that
/// the sums lack are looked up one by one: packet, outbox, ledger (PROTOCOL 8.1). A packet that does not agree so is read once more,
/// claim by claim, and that reading counts.
/// </summary>
internal sealed class PacketComparer(RedisReader redis, LedgerReader ledger, EntryReader entries,
    IOptions<ComparisonOptions> options)
{
    /// <summary>
    /// Yields one packet at a time. One comparison may hold thousands of differences, so a whole page could take 100
    /// MB.
    /// </summary>
    /// <param name="nowMs">The time by the clock of Redis.</param>
    /// <param name="listAtMost">How many wrong differences are kept of each packet.</param>
    public async IAsyncEnumerable<PacketComparison> Compare(
        IReadOnlyList<string> packetIds, long nowMs, [EnumeratorCancellation] CancellationToken cancellation,
        int listAtMost = ComparisonTally.Listed)
    {
        if (packetIds.Count == 0)
            yield break;
        var recorded = await ledger.Packets(packetIds, cancellation);
        var stored = await redis.Read(packetIds);
        var lacked = recorded.SelectMany((sums, i) => stored[i] is { } packet ? sums.Lacked(packet) : []);
        await using var states = entries.Read(lacked, cancellation).GetAsyncEnumerator(cancellation);
        var more = await states.MoveNextAsync();
        for (var i = 0; i < packetIds.Count; i++)
        {
            var found = new PacketReading(recorded[i], listAtMost);
            for (; more && states.Current.PacketId == packetIds[i]; more = await states.MoveNextAsync())
                found.Add(states.Current);
            yield return await Compare(packetIds[i], stored[i], found, nowMs, listAtMost, cancellation);
        }
    }

    private async Task<PacketComparison> Compare(
        string packetId, StoredPacket? stored, PacketReading read, long nowMs, int listAtMost, CancellationToken cancellation)
    {
        var recorded = read.Recorded;
        // It is marked in the ledger first and then deleted from Redis. From the mark on, its rows count in the sums of
        // its shard.
        if (recorded.ArchivedAt is not null)
            return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        var tally = read.Tally;
        if (stored is not null && read.Agrees(stored))
        {
            tally.AddPacket(stored, stored.GrantedFen, nowMs);
        }
        else
        {
            tally = await Walk(packetId, nowMs, listAtMost, cancellation);
            // It may have been archived since the page was read. If it is gone from Redis, its mark is in the ledger.
            if (tally.WrongTotal + tally.Unbalanced > 0 && await ledger.ArchivedAt(packetId, cancellation) is not null)
                return new PacketComparison(packetId, null, new ComparisonTally(listAtMost), Archived: true) { Unknown = false };
        }
        if (recorded.EscrowDifference() is { } difference)
            tally.Accounts.Add(difference);
        return new PacketComparison(packetId, stored, tally) { Unknown = stored is null && !recorded.HasRows };
    }

    // Reads every entry of both sides, row by row.
    private async Task<ComparisonTally> Walk(string packetId, long nowMs, int listAtMost,
        CancellationToken cancellation)
    {
        var tally = new ComparisonTally(listAtMost);
        var packet = await redis.Read(packetId);
        tally.AddEntry(await entries.Fund(packetId, packet, cancellation));
        foreach (var refund in await entries.Refunds(packetId, packet, cancellation))
            tally.AddEntry(refund);
        var grantedFen = packet is null ? 0 : await Claims(packet, tally, cancellation);
        await Beyond(packetId, packet?.Next ?? 1, tally, cancellation);
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
                tally.AddEntry(claim);
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
                tally.AddEntry(orphan);
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
}

/// <summary>A packet's first reading: the ledger's sums, then one by one the entries that these lack.</summary>
internal sealed class PacketReading(LedgerPacketSums recorded, int listAtMost)
{
    private (long Ordinals, long Fen, long Checksum) _lacked;
    private bool _wrong;

    public LedgerPacketSums Recorded => recorded;

    /// <summary>The findings. They hold when the reading <see cref="Agrees"/>.</summary>
    public ComparisonTally Tally { get; } = new(listAtMost)
    {
        Granted = recorded.Grabs.Rows,
        Settled = recorded.Grabs.Rows,
        SettledFen = recorded.Grabs.Fen,
    };

    public void Add(EntryState entry)
    {
        Tally.AddEntry(entry);
        _wrong |= entry.Status is not (EntryStatus.Settled or EntryStatus.InFlight or EntryStatus.None);
        if (entry.Kind != EntryKind.Grab)
            return;
        _lacked.Ordinals++;
        if (entry.Stored is not { AmountFen: { } fen } claim)
            return;
        // Damaged claims of many packets must not make a sum overflow.
        _wrong |= fen > Entry.MostFen;
        if (_wrong)
            return;
        _lacked.Fen += fen;
        _lacked.Checksum = unchecked(_lacked.Checksum + Checksum.Of(claim.UserId, claim.Ordinal, fen));
    }

    /// <summary>True when both sides have the same, apart from what is in flight.</summary>
    public bool Agrees(StoredPacket stored) => !_wrong && recorded.Agrees(stored, _lacked);
}
