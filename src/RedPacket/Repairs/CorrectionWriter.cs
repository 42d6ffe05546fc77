using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Repairs;

/// <summary>
/// The ledger's part of a correction, in one transaction: the adjust transfer, the totals of its accounts, the resolved
/// row, the audit.
/// </summary>
internal sealed class CorrectionWriter(Journal journal, AuditTrail audits, IOptions<RepairsOptions> options,
    TimeProvider clock)
{
    private static readonly TimeSpan s_day = TimeSpan.FromHours(24);

    /// <summary>
    /// Returns the entries that it resolved, or in a dry run would resolve, and its transaction. Adds the others to
    /// <paramref name="skipped"/>.
    /// </summary>
    /// <param name="isAutomatic">
    /// True when no person has decided. Then it skips what would bring the payments for a packet above the fen that it
    /// was funded with, or those of a day above <see cref="RepairsOptions.PayPerDayFen"/>.
    /// </param>
    public async Task<(IReadOnlyList<CorrectedEntry> Corrected, LedgerMark Mark)> Write(
        IReadOnlyList<DueShare> due, Actor actor, bool dryRun, bool isAutomatic, List<SkippedEntry> skipped,
        CancellationToken cancellation)
    {
        List<CorrectedEntry> corrected = [];
        List<SkippedEntry> refused = [];
        var mark = await journal.Execute(transaction =>
        {
            var adjustments = new Adjustments(transaction);
            var paid = new HashSet<(string, string)>();
            var paidFen = isAutomatic ? adjustments.PaidSince((clock.GetUtcNow() - s_day).ToUnixTimeMilliseconds()) : 0;
            foreach (var share in due)
            {
                // A dry run pays nothing, so the ledger does not know of the payments before this one.
                var unpaid = dryRun ? corrected.Where(entry => IsPaid(entry) && entry.PacketId == share.Entry.PacketId) : [];
                var hasOne = share.HasAnother || adjustments.HasShare(share.Entry)
                    || paid.Contains((share.Entry.PacketId, share.Entry.UserId));
                var bounded = isAutomatic && !hasOne;
                if (WhyNot(adjustments, share, isAutomatic, bounded, unpaid.Sum(entry => entry.AmountFen)) is { } reason)
                    refused.Add(new SkippedEntry(share.Row.Id, reason));
                else if (bounded && paidFen + share.Entry.AmountFen > options.Value.PayPerDayFen)
                    refused.Add(new SkippedEntry(share.Row.Id, SkippedEntry.BeyondTheDay));
                else
                {
                    corrected.Add(Correct(adjustments, share, hasOne, dryRun, isAutomatic));
                    paid.Add((share.Entry.PacketId, share.Entry.UserId));
                    paidFen += hasOne ? 0 : share.Entry.AmountFen;
                }
            }
            if (!dryRun && corrected.Count > 0)
                audits.Write(transaction, actor, AuditTrail.Correction, [.. corrected.Select(Name)]);
        }, cancellation);
        skipped.AddRange(refused);
        return (corrected, mark);
    }

    private static string Name(CorrectedEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.PacketId} {entry.UserId} {entry.Id}");

    private static bool IsPaid(CorrectedEntry entry) => entry.Resolution == Resolution.Paid;

    private static string? WhyNot(Adjustments adjustments, DueShare share, bool isAutomatic, bool bounded,
        long unpaidFen)
    {
        // Read again: another process may have been faster, or the line was recorded after all.
        if (!adjustments.IsWaiting(share.Row.Id))
            return "not_parked";
        // Its packet has remembered it in a Redis that was replaced since, and may have forgotten it.
        if (share.Run is { } run && PacketId.TryParse(share.Entry.PacketId, out var shard) && !adjustments.IsRun(shard, run))
            return ShardsAway.Reason;
        // Of a packet whose fund was lost, too. Nothing proves that there was one, so a person decides.
        if (isAutomatic && !adjustments.KnowsPacket(share.Entry.PacketId))
            return "packet_unknown";
        return bounded && !adjustments.IsWithinTheFund(share.Entry, unpaidFen) ? SkippedEntry.BeyondTheFund : null;
    }

    private CorrectedEntry Correct(Adjustments adjustments, DueShare share, bool hasOne, bool dryRun, bool isAutomatic)
    {
        var (row, entry) = (share.Row, share.Entry);
        var resolution = hasOne ? Resolution.HasAShare : Resolution.Paid;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (!dryRun && !hasOne)
            adjustments.Pay(row, entry, now);
        if (!dryRun)
            adjustments.Resolve(row.Id, resolution, now);
        // An operator has seen the payments of the call. Nobody has seen those of the loop.
        if (!dryRun && !isAutomatic)
            adjustments.Acknowledge(row.Id, now);
        return new CorrectedEntry(row.Id, entry.PacketId, entry.UserId, entry.AmountFen, resolution);
    }
}
