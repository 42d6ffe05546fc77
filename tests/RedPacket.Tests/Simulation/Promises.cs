using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>A promise of src/README.md does not hold.</summary>
internal sealed class PromiseBrokenException(string message) : Exception(message);

/// <summary>
/// The promises that hold after every single step, whatever the step was. Each throws with what it saw.
/// </summary>
internal static class Promises
{
    /// <param name="gateOpen">
    /// False from a loss until the gate has opened again: then Redis may know less than it answered, and the ledger
    /// more than Redis.
    /// </param>
    /// <param name="restored">True when this step put back an older state of Redis.</param>
    public static void Check(ClientRecord record, StoreImage before, StoreImage store, LedgerImage ledger,
        bool gateOpen, bool restored)
    {
        foreach (var packet in store.Packets.Values)
        {
            if (!record.IsHalfRebuilt)
                Conserved(packet);
            if (record.HasLedgerGoneBack)
                continue;
            var unpaid = packet.Held.Values.Select(packet.LineOf).Where(line => !ledger.HasParked(line));
            MustBeNone("5: held by a user, and neither granted nor waiting for correction", unpaid);
        }
        KeptByIdentity(record, store, ledger);
        NothingForeign(record, store, ledger, gateOpen);
        NoSeqTwice(record, before, store, restored);
        NothingForgotten(record, store, ledger, gateOpen);
    }

    /// <summary>
    /// Promises 2 and 3 in Redis: granted, left and refunded add up to funded. Each share is as it was cut.
    /// Each user and each ordinal occurs once.
    /// </summary>
    private static void Conserved(PacketImage packet)
    {
        var claims = packet.Claims.Values;
        var (amount, left, refund, next) = (packet.Number("amount"), packet.Number("left"), packet.Number("refund"), packet.Number("next"));
        var granted = claims.Sum(claim => claim.Fen);
        Must(
            granted + left + refund == amount,
            $"2: {packet.Id} granted {granted}, has {left} left, refunded {refund}, was funded with {amount}");
        Must(packet.State == "open" || left == 0, $"2: {packet.Id} is {packet.State} and has {left} left");
        Must(refund == 0 || packet.State == "expired", $"2: {packet.Id} is {packet.State} and has refunded {refund}");
        Must(packet.Refunds.Sum() == refund, $"2: {packet.Id} has refunded {refund}, and names {string.Join(" + ", packet.Refunds)}");
        Must(
            claims.All(claim => claim.Ordinal >= 1 && claim.Ordinal < next && claim.Fen == packet.Shares[claim.Ordinal - 1]),
            $"2: {packet.Id} has a share that was not cut so: {Text(claims)}");
        Must(
            claims.Select(claim => claim.Ordinal).Distinct().Count() == claims.Count,
            $"3: {packet.Id} granted an ordinal twice: {Text(claims)}");
        Must(
            claims.All(claim => packet.Fields.GetValueOrDefault($"o:{claim.Ordinal}") == claim.UserId),
            $"3: {packet.Id} names another user at an ordinal: {Text(claims)}");
        Must(
            packet.Fields.Keys.Count(field => field.StartsWith("o:", StringComparison.Ordinal)) == claims.Count,
            $"3: {packet.Id} has ordinals without a share: {Text(claims)}");
        Must(
            packet.Number("sum") == claims.Sum(claim => (UserId.Check(claim.UserId) + claim.Ordinal) * claim.Fen),
            $"6: the checksum of {packet.Id} is not that of its claims");
        var best = claims.OrderByDescending(claim => claim.Fen).ThenBy(claim => claim.Ordinal).FirstOrDefault();
        var named = packet.Fields.GetValueOrDefault("best");
        Must(
            named == (best is null ? null : $"{best.Fen} {best.Ordinal} {best.UserId}"),
            $"6: {packet.Id} names '{named}' as its largest share: {Text(claims)}");
    }

    /// <summary>
    /// Promise 2 in the ledger: every total is the sum of its rows, and no packet pays out more than was put in.
    /// </summary>
    public static void Balanced(LedgerImage ledger)
    {
        foreach (var account in ledger.Accounts)
        {
            var debits = ledger.Rows.Where(row => row.Debit == account.Code).Sum(row => row.Fen);
            var credits = ledger.Rows.Where(row => row.Credit == account.Code).Sum(row => row.Fen);
            Must(
                (debits, credits) == (account.Debits, account.Credits),
                $"2: {account.Code} has {account.Debits} and {account.Credits}, its rows {debits} and {credits}");
            Must(account.Kind != AccountKind.Packet || credits == 0 || debits <= credits, $"2: {account.Code} paid {debits} of {credits}");
        }
        Must(ledger.Rows.All(row => row.Fen > 0), "2: a transfer of nothing");
    }

    /// <summary>
    /// Promise 4: granted = outbox ∪ ledger ∪ parked, entry by entry. Entries that the world took out of the outbox are
    /// the one exception.
    /// </summary>
    private static void KeptByIdentity(ClientRecord record, StoreImage store, LedgerImage ledger)
    {
        var gone = store.Entries
            .Where(entry => !store.Out.ContainsKey(entry.Key) && !ledger.Has(entry.Value) && !ledger.HasParked(entry.Key))
            .Where(entry => !record.Torn.Contains(entry.Key))
            .ToList();
        Must(gone.Count == 0, $"4: in neither outbox, ledger nor parked: {string.Join(" | ", gone.Select(entry => entry.Key))}");
        var lost = record.PoisonDue.Where(line => !store.Out.ContainsKey(line) && !ledger.HasParked(line)).ToList();
        Must(lost.Count == 0, $"4: taken out of the outbox and not parked: {string.Join(" | ", lost)}");
        var dropped = record.Taken.Intersect(record.LostRunLines)
            .Where(line => !IsRefund(line) && !IsFence(line) && !store.Entries.ContainsKey(line))
            .Where(line => !ledger.HasParked(line) && !ledger.Has(line));
        MustBeNone("4: a line of a lost run, and nobody remembers it", dropped);
    }

    /// <summary>
    /// Promises 3, 4 and 5: ledger and outbox hold nothing that no packet granted.
    /// Nothing is parked without a cause, and nobody is paid twice.
    /// After a loss, while the gate is shut, the ledger knows more than Redis.
    /// A line that was in flight when the gate opened without it is parked, and never pushes anything aside.
    /// </summary>
    private static void NothingForeign(ClientRecord record, StoreImage store, LedgerImage ledger, bool gateOpen)
    {
        bool IsKnown(string line) => store.Entries.ContainsKey(line) || record.Unfunded.Contains(line);
        var rows = ledger.Rows
            .Where(row => row.Kind != EntryKind.Adjust && gateOpen && !ledger.Archived.Contains(row.PacketId))
            .Select(ClientRecord.Line);
        MustBeNone("4: in the ledger, and granted by nobody", rows.Where(line => !IsKnown(line)));
        var entries = store.Out.Keys.Where(line => !record.Poison.Contains(line) && !IsFence(line) && !IsArchived(line, ledger));
        // An opening parks an entry whose share another user has. It stays in the outbox until it is delivered and
        // found parked. A ledger that went back may have had a packet archived which the next walk brings back.
        var strange = record.HasLedgerGoneBack ? [] : entries.Where(line => !IsKnown(line) && !ledger.HasParked(line));
        MustBeNone("4: in the outbox, and granted by nobody", strange);
        var causes = record.Poison.Concat(record.LostRunLines).ToHashSet(StringComparer.Ordinal);
        if (record.HasLedgerGoneBack)
            record.ParkedUnseen.UnionWith(ledger.Parked.Select(row => row.Payload));
        var groundless = ledger.Parked.Where(row => gateOpen && !causes.Contains(row.Payload))
            .Where(row => !record.ParkedUnseen.Contains(row.Payload) || !store.Out.ContainsKey(row.Payload));
        MustBeNone("5: parked without a cause", groundless.Select(row =>
            $"{row.Payload} ({row.Reason}, in the outbox {store.Out.ContainsKey(row.Payload)}, granted {IsKnown(row.Payload)})"));
        var paid = ledger.Rows.Where(row => gateOpen && row.Kind == EntryKind.Adjust)
            .Select(row => ledger.Parked.Single(parked => parked.Id == row.Ordinal).Payload);
        // A forged line that comes after its run has ended is paid too: nothing tells it from a share that Redis has
        // forgotten.
        var unexplained = paid.Where(line => !record.LostRunLines.Contains(line) && !record.Poison.Contains(line));
        MustBeNone("5: paid by the house, and no lost run explains it", unexplained);
        var twice = ledger.Rows
            .Where(row => row.Kind is EntryKind.Grab or EntryKind.Adjust)
            .GroupBy(row => (row.PacketId, row.UserId))
            .Where(group => group.Count() > 1);
        MustBeNone("3: twice in the ledger", twice.Select(group => $"{group.Key}"));
    }

    /// <summary>
    /// Invariant "Numbers" of src/README.md: a delivery number is never used twice. Otherwise a late acknowledgement
    /// would remove entries that it never recorded.
    /// </summary>
    private static void NoSeqTwice(ClientRecord record, StoreImage before, StoreImage store, bool restored)
    {
        var fresh = store.Out.Where(entry => before.Out.GetValueOrDefault(entry.Key, -1) != entry.Value).ToList();
        var again = fresh.Where(entry => !restored && entry.Value <= record.HighestSeq).Select(entry => $"{entry.Value} {entry.Key}");
        MustBeNone($"4: a delivery number up to {record.HighestSeq} was given again", again);
        foreach (var entry in fresh)
            record.HighestSeq = Math.Max(record.HighestSeq, (long)entry.Value);
    }

    /// <summary>
    /// Promises 1 and 3: a user who got a share as an answer has that share, the same bytes.
    /// While a gate is shut Redis may know less: its state when the gate opens counts.
    /// </summary>
    private static void NothingForgotten(ClientRecord record, StoreImage store, LedgerImage ledger, bool gateOpen)
    {
        foreach (var ((packetId, userId), share) in gateOpen ? record.Shares : [])
        {
            if (ledger.Archived.Contains(packetId))
                Must(
                    ledger.Rows.Any(row => row.PacketId == packetId && row.UserId == userId
                        && new ClaimImage(userId, row.Ordinal, row.Fen, row.At).Answer == share.Answer),
                    $"1: {packetId} was archived, and the ledger has no {share.Answer} for {userId}");
            else
                Must(
                    store.Packets.GetValueOrDefault(packetId)?.All.GetValueOrDefault(userId)?.Answer == share.Answer,
                    $"1: {userId} was told {share.Answer} of {packetId}, which has forgotten it");
        }
        if (gateOpen)
            MustBeNone("1: archived, and in Redis again", store.Packets.Keys.Where(ledger.Archived.Contains));
    }

    /// <summary>
    /// One packet per Idempotency-Key, of those that are not archived. A fund that Redis had forgotten may come after
    /// the key has made another packet: then it waits for a person, unless the ledger had given shares of it. A Redis that
    /// comes back as it was before a flush has packets whose keys have made others: the report names them.
    /// </summary>
    public static void OnePacketPerKey(IReadOnlyList<SimulatedShard> shards)
    {
        if (!shards.All(shard => shard.IsCompared))
            return;
        var stored = shards.SelectMany(shard => shard.Before.Packets.Values).Select(packet => (packet.Terms.Key, packet.Id));
        var recorded = shards.SelectMany(shard => shard.LedgerNow.Rows
            .Where(row => row.Terms is not null && row.Kind == EntryKind.Fund && !shard.LedgerNow.Archived.Contains(row.PacketId)));
        var owed = shards.SelectMany(shard => shard.Record.Unfunded).Select(line => line.Split(' ')[1]).ToHashSet();
        var twice = stored.Concat(recorded.Select(row => (PacketTerms.Parse(row.Terms!).Key, row.PacketId))).Distinct()
            .Where(packet => !owed.Contains(packet.Item2) && !shards.Any(shard => shard.CameBack.Contains(packet.Item2)))
            .GroupBy(packet => packet.Item1)
            .Where(key => key.Count() > 1);
        var unmarked = recorded.GroupBy(row => PacketTerms.Parse(row.Terms!).Key)
            .Where(key => key.Count(row => !shards.Any(shard => shard.LedgerNow.Repeated.Contains(row.PacketId))) > 1);
        MustBeNone("6: one key has two funds, and the report does not name the later one", unmarked.Select(key => key.Key));
        MustBeNone("3: one key, two packets", twice.Select(key => string.Join(" and ", key.Select(packet => packet.Item2))));
    }

    public static void Must(bool holds, string promise)
    {
        if (!holds)
            throw new PromiseBrokenException($"promise {promise}");
    }

    private static void MustBeNone(string promise, IEnumerable<string> breaches)
    {
        var list = breaches.ToList();
        Must(list.Count == 0, $"{promise}: {string.Join(" | ", list)}");
    }

    // A packet that was forgotten before it was closed refunds what it has when it closes again.
    private static bool IsRefund(string line) => line.StartsWith("r ", StringComparison.Ordinal);

    private static bool IsFence(string line) => line.StartsWith("x ", StringComparison.Ordinal);

    // A recorded entry that was never acknowledged may outlast its packet: the ledger will find it equal.
    private static bool IsArchived(string line, LedgerImage ledger) =>
        Entry.TryParse(line, out var entry) && ledger.Archived.Contains(entry!.PacketId) && ledger.Has(entry);

    private static string Text(IEnumerable<ClaimImage> claims) =>
        string.Join(", ", claims.Select(claim => $"{claim.UserId}: {claim.Answer}"));
}
