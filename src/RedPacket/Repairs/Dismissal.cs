using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>The dismissed entries, and the skipped ones with the reason.</summary>
internal sealed record DismissalAnswer(IReadOnlyList<long> Dismissed, IReadOnlyList<SkippedEntry> Skipped);

/// <summary>
/// Ends parked entries that the books do not need: a line that cannot be read, a fund or refund that is no packet's,
/// and a share that no packet can grant. No money moves. A share that a user may have won is never dismissed. One entry
/// that may not be dismissed refuses the whole call.
/// </summary>
internal sealed class Dismissal(
    ParkedReader parked, RedisReader redis, Journal journal, AuditTrail audits, TimeProvider clock, ILogger<Dismissal> logger)
{
    /// <summary>Entries in one call.</summary>
    public const int Most = 200;

    /// <summary>
    /// Dismisses these. Skips those whose shard is away, and throws when it could dismiss none for that reason. Returns
    /// a problem for one that may not be dismissed, and nothing is changed then.
    /// </summary>
    /// <param name="reason">The operator's words, for the audit.</param>
    public async Task<(DismissalAnswer? Answer, Problem? Refusal)> Run(
        Actor actor, IReadOnlyList<long> ids, string reason, CancellationToken cancellation)
    {
        List<SkippedEntry> skipped = [];
        var away = new ShardsAway();
        var rows = await parked.Entries(ids, 0, Most, cancellation);
        List<ParkedEntry> due = [];
        foreach (var row in rows)
        {
            Problem? refusal = null;
            if (!await Ask(row, away, problem => refusal = problem))
                skipped.Add(new SkippedEntry(row.Id, ShardsAway.Reason));
            else if (refusal is not null)
                return (null, refusal);
            else
                due.Add(row);
        }
        if (due.Count == 0 && away.First is { } outage)
            throw outage;
        var (dismissed, needed) = await Write(due, actor, reason, skipped, cancellation);
        if (needed is { } id)
            return (null, Needed(id, "the ledger has transfers of its packet and no fund"));
        skipped.AddRange(ids.Distinct().Except(rows.Select(row => row.Id)).Select(id => new SkippedEntry(id, "not_parked")));
        if (dismissed.Count > 0)
            logger.EntriesDismissed(dismissed.Count, actor.Name);
        return (new DismissalAnswer(dismissed, skipped), null);
    }

    // False when its shard is away.
    private async Task<bool> Ask(ParkedEntry row, ShardsAway away, Action<Problem> refuse)
    {
        if (!Entry.TryParse(row.Payload, out var entry) || !PacketId.TryParse(entry!.PacketId, out var shard))
            return true;
        if (entry.Kind == EntryKind.Grab)
        {
            // No packet grants more than this, so no user was told.
            if (entry.AmountFen <= Entry.MostFen)
                refuse(new Problem(409, "parked_share", string.Create(CultureInfo.InvariantCulture,
                    $"Parked entry {row.Id} is a share that a user may have won. Replay it, or pay it by a correction.")));
            return true;
        }
        return await away.Ask(shard, async () =>
        {
            var packet = await redis.Read(entry.PacketId);
            if (packet is not null && row.Payload == LineOf(packet, entry))
                refuse(Needed(row.Id, "its packet has this entry"));
            else if (packet is null && IsTakenBack(row, shard))
                refuse(Needed(row.Id, "Redis had forgotten its packet, and gets it back once the shard is compared"));
        });
    }

    private static bool IsTakenBack(ParkedEntry row, int shard) =>
        row is { Kind: EntryKind.Fund, LostRun: not null, Reason: ParkReason.Conflict } && row.Shard == shard;

    private static string? LineOf(StoredPacket packet, Entry entry) =>
        entry.Kind == EntryKind.Fund ? packet.FundLine : packet.RefundLine(entry.Ordinal);

    private static Problem Needed(long id, string why) => new(409, "parked_needed", string.Create(CultureInfo.InvariantCulture,
        $"The books need parked entry {id}: {why}. Remove the cause, then replay it."));

    private async Task<(List<long> Dismissed, long? Needed)> Write(
        List<ParkedEntry> due, Actor actor, string reason, List<SkippedEntry> skipped, CancellationToken cancellation)
    {
        List<long> dismissed = [];
        List<SkippedEntry> gone = [];
        long? needed = null;
        await journal.Execute(transaction =>
        {
            var adjustments = new Adjustments(transaction);
            needed = due.Where(row => adjustments.IsMissingFund(row)).Select(row => (long?)row.Id).FirstOrDefault();
            foreach (var row in needed is null ? due : [])
            {
                // Read again: it may have been recorded meanwhile.
                if (!adjustments.IsWaiting(row.Id))
                {
                    gone.Add(new SkippedEntry(row.Id, "not_parked"));
                    continue;
                }
                adjustments.Resolve(row.Id, Resolution.Dismissed, clock.GetUtcNow().ToUnixTimeMilliseconds());
                dismissed.Add(row.Id);
            }
            if (dismissed.Count > 0)
                audits.Write(transaction, actor, AuditTrail.Dismissal, [.. due.Where(row => dismissed.Contains(row.Id)).Select(Name)]);
        }, cancellation);
        skipped.AddRange(gone);
        return (dismissed, needed);

        string Name(ParkedEntry row) => string.Create(CultureInfo.InvariantCulture,
            $"{(row.PacketId.Length > 0 ? row.PacketId : "unreadable")} {EntryName.Of(row.Kind)} {row.Id}: {reason}");
    }
}
