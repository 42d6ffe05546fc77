using System.Text.Json.Serialization;
using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>
/// One resolved parked entry. <paramref name="Resolution"/>: made_good, or has_a_share when no money had to move.
/// </summary>
internal sealed record CorrectedEntry(long Id, string PacketId, string UserId, long AmountFen, string Resolution);

/// <summary>
/// The corrected entries, and the skipped ones with the reason. <paramref name="PaidFen"/>: the sum paid.
/// </summary>
internal sealed record CorrectionAnswer(
    bool DryRun, IReadOnlyList<CorrectedEntry> Corrected, IReadOnlyList<SkippedEntry> Skipped,
    [property: JsonPropertyName("madeGoodFen")] long PaidFen);

/// <summary>
/// Pays parked shares: a user who got the answer "won" gets the fen by a new transfer, from the loss account to the
/// wallet. Nothing that is recorded is edited. One share per user holds for these too. The packet remembers the share
/// first, so that the user gets no other share meanwhile. The next call finishes an interrupted one.
/// </summary>
internal sealed class Correction(
    ParkedReader parked, LedgerReader ledger, RedisPackets packets, CorrectionNotices notices, CorrectionWriter writer,
    ILogger<Correction> logger)
{
    private const int PerPage = 200;
    private const int Named = 10;

    /// <summary>
    /// Corrects these, or all when null. Skips those whose shard is away, and throws when it could correct none for
    /// that reason.
    /// </summary>
    public async Task<CorrectionAnswer> Run(Actor actor, IReadOnlyList<long>? ids, bool dryRun,
        CancellationToken cancellation)
    {
        List<CorrectedEntry> corrected = [];
        List<SkippedEntry> skipped = [];
        var away = new ShardsAway();
        var pages = new ParkedPages(after => parked.Entries(ids, after, PerPage, cancellation), ids);
        await foreach (var page in pages.Read())
            corrected.AddRange(await Some(page, actor, dryRun, isAutomatic: false, away, skipped, cancellation));
        if (corrected.Count == 0 && away.First is { } outage)
            throw outage;
        skipped.AddRange(pages.NotMet("not_parked"));
        return new CorrectionAnswer(dryRun, corrected, skipped, PaidFen(corrected));
    }

    /// <summary>Corrects these rows, in one transaction of the ledger.</summary>
    public async Task<IReadOnlyList<CorrectedEntry>> Some(
        IReadOnlyList<ParkedEntry> rows, Actor actor, bool dryRun, bool isAutomatic, ShardsAway away, List<SkippedEntry> skipped,
        CancellationToken cancellation)
    {
        List<DueShare> due = [];
        foreach (var row in rows)
        {
            if (!Entry.TryParse(row.Payload, out var entry) || !PacketId.TryParse(entry!.PacketId, out var shard))
                skipped.Add(new SkippedEntry(row.Id, "unreadable"));
            else if (entry.Kind != EntryKind.Grab)
                skipped.Add(new SkippedEntry(row.Id, "not_a_grab"));
            else if (entry.AmountFen > Entry.MostFen)
                skipped.Add(new SkippedEntry(row.Id, "amount_out_of_range"));
            else if (!await away.Ask(shard, async () => due.Add(new DueShare(row, entry, HasAnother: await HasAnother(entry)))))
                skipped.Add(new SkippedEntry(row.Id, ShardsAway.Reason));
        }
        if (due.Count == 0)
            return [];
        // A share that the packet remembers keeps its user from any other. So it remembers none that will not be paid.
        var (planned, mark) = await writer.Write(due, actor, dryRun: true, isAutomatic, skipped, cancellation);
        if (dryRun || planned.Count == 0)
            return planned;
        var remembered = await Remember(
            due.IntersectBy(planned.Select(entry => entry.Id), share => share.Row.Id), mark, away, skipped, cancellation);
        if (remembered.Count == 0)
            return [];
        var (corrected, _) = await writer.Write(remembered, actor, dryRun: false, isAutomatic, skipped, cancellation);
        if (corrected.Count > 0)
            logger.SharesCorrected(
                corrected.Count, PaidFen(corrected), actor.Name, string.Join(", ", corrected.Take(Named).Select(entry => entry.Id)));
        return corrected;
    }

    private static long PaidFen(IEnumerable<CorrectedEntry> corrected) =>
        corrected.Where(entry => entry.Resolution == Resolution.Paid).Sum(entry => entry.AmountFen);

    private async Task<bool> HasAnother(Entry entry) =>
        await packets.ShareOf(entry.PacketId, entry.UserId) is { } known && known != Claim.Of(entry).ToString();

    private async Task<List<DueShare>> Remember(
        IEnumerable<DueShare> due, LedgerMark mark, ShardsAway away, List<SkippedEntry> skipped, CancellationToken cancellation)
    {
        List<DueShare> remembered = [];
        foreach (var shares in due.GroupBy(ShardOf))
        {
            // Another Redis than that in the ledger's run may be a former primary, and would forget them again.
            var (shard, run, notice) = (shares.Key, (await ledger.Recorded(shares.Key, cancellation)).Run ?? "", 0L);
            foreach (var share in shares)
            {
                var answer = Remembered.Held;
                if (!await away.Ask(shard, async () =>
                {
                    // There is none yet, or another correction has ended all notices of the shard.
                    while ((answer = await packets.Remember(share.Entry, run, notice, mark)) == Remembered.Unheard)
                        notice = await notices.Begin(shard, run, cancellation);
                }))
                {
                    skipped.Add(new SkippedEntry(share.Row.Id, ShardsAway.Reason));
                }
                // Redis took it back after it was parked. It goes to the ledger from the outbox.
                else if (answer == Remembered.Granted && share.Row.LostRun is not null)
                {
                    skipped.Add(new SkippedEntry(share.Row.Id, "on_its_way"));
                }
                else
                {
                    remembered.Add(share with { HasAnother = answer == Remembered.Other, Run = run });
                }
            }
            if (notice > 0)
                await away.Ask(shard, () => notices.End(shard, run, notice));
        }
        return remembered;
    }

    private static int ShardOf(DueShare share)
    {
        _ = PacketId.TryParse(share.Entry.PacketId, out var shard);
        return shard;
    }
}

/// <summary>
/// A parked share that may have to be paid. <paramref name="HasAnother"/>: the packet knows another share of this user.
/// <paramref name="Run"/>: the run in which the packet has remembered it; null before that.
/// </summary>
internal sealed record DueShare(ParkedEntry Row, Entry Entry, bool HasAnother, string? Run = null);
