using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Ledger.Followers;
using RedPacket.Reports.Alerts;
using RedPacket.Reports.History;

namespace RedPacket.Reports;

/// <summary>
/// The consistency report: Redis, outbox and ledger, read side by side now. It covers everything that was answered
/// before the report was asked for. It says which entries are in flight, and which side could not be read.
/// </summary>
internal sealed class ReportBuilder(
    FullScan scan, ReportPages pages, LedgerReader ledger, LedgerTotals totals, RecentRepairs repairs, ParkedReader parked,
    SubscriberReader subscribers, AlertReader alerts, DigestWriter digests, ReportHistory history, TimeProvider clock,
    IOptions<ReportsOptions> options)
{
    private const int HealedListed = 20;
    private readonly ReportTurns _turns = new(options.Value.ReportsAtATime, clock);

    /// <summary>Computes a report of everything, or of a packet that is known.</summary>
    public async Task<ConsistencyReport> Build(ReportRequest request, CancellationToken cancellation) =>
        await Find(request, cancellation)
        ?? throw new ArgumentException($"Neither side knows the packet or the claim: {request}", nameof(request));

    /// <summary>
    /// The same; null when it is about a packet, or a claim, that neither side knows or that was archived.
    /// </summary>
    public Task<ConsistencyReport?> Find(ReportRequest request, CancellationToken cancellation) => _turns.Take(
        // SQLite answers synchronously: a long reading must not hold up the caller's thread.
        () => Task.Run(() => request.PacketId is null ? OfAll(request, cancellation) : OfOne(request, cancellation), cancellation),
        report => report is { Claims.InFlight: > 0 }, cancellation);

    private async Task<ConsistencyReport?> OfAll(ReportRequest request, CancellationToken cancellation)
    {
        var draft = new ReportDraft { AsOf = clock.GetUtcNow(), Started = clock.GetTimestamp() };
        draft.Take(await scan.Run(cancellation));
        await draft.FromLedger(async () =>
        {
            draft.Sums = await totals.Read(request.Full, cancellation);
            draft.ParkedTotal = draft.Sums.Parked;
            draft.AdjustedFen = draft.Sums.AdjustFen;
            draft.UnacknowledgedPayments = await parked.Unacknowledged(null, cancellation);
            draft.Parked = await parked.Differences(null, ComparisonTally.Listed, cancellation);
            draft.RepeatedKeys = draft.Sums.RepeatedKeys > 0 ? await ledger.RepeatedKeys(ComparisonTally.Listed, cancellation) : [];
            draft.Healed = await repairs.Latest(HealedListed, cancellation);
            draft.Subscribers = (await subscribers.Read(cancellation)).Subscribers;
        });
        await ReportDraft.IfReadable(async () =>
        {
            draft.Alerts = await alerts.Count(cancellation);
            draft.Pause = await ledger.SettlementPause(cancellation);
        });
        draft.Accounts = [.. draft.Found.Accounts.Concat(draft.Sums?.Accounts ?? [])
            .DistinctBy(account => account.Account).Take(ComparisonTally.Listed)];
        var page = draft.StoreRead && draft.LedgerRead ? await draft.FromBoth(() => pages.Packets(request, cancellation)) : null;
        var report = Assemble(draft, [.. ReportRules.OfPackets(draft.Found, draft.StoreRead, draft.LedgerRead),
            .. ReportRules.OfLedger(draft.Sums, draft.Accounts), ReportRules.OfSubscribers(draft.Subscribers)]) with
        { PacketsPage = page };
        history.Add(report, request.Full);
        if (BooksAgree(report, draft) && draft.Sums is { } sums
            && (sums.FromFirst || (sums.TotalsAgree && sums.Added >= options.Value.RowsPerDigest)))
        {
            await digests.Write(sums, cancellation);
        }
        return report;
    }

    // A subscriber that is wrong says nothing about the books.
    private static bool BooksAgree(ConsistencyReport report, ReportDraft draft) => draft.Found.WrongTotal == 0
        && report.Rules.All(rule => rule.Result != ReportRules.Fail || rule.Id == ReportRules.Subscribers);

    private async Task<ConsistencyReport?> OfOne(ReportRequest request, CancellationToken cancellation)
    {
        var draft = new ReportDraft { AsOf = clock.GetUtcNow(), Started = clock.GetTimestamp() };
        var one = await pages.OnePacket(request, draft, cancellation);
        if (one is null)
            return null;
        await draft.FromLedger(async () =>
        {
            draft.Parked = await parked.Differences(request.PacketId, ComparisonTally.Listed, cancellation);
            draft.ParkedTotal = await parked.Count(request.PacketId!, cancellation);
            draft.AdjustedFen = await parked.AdjustedFen(request.PacketId!, cancellation);
            draft.UnacknowledgedPayments = await parked.Unacknowledged(request.PacketId, cancellation);
        });
        await ReportDraft.IfReadable(async () => draft.Pause = await ledger.SettlementPause(cancellation));
        draft.Accounts = draft.Found.Accounts;
        return Assemble(draft, [.. ReportRules.OfPackets(draft.Found, draft.StoreRead, draft.LedgerRead),
            .. ReportRules.OfOnePacket(draft.Accounts, draft.ParkedTotal)]) with
        { PacketId = request.PacketId, ClaimsPage = one.Claims, Claim = one.Claim };
    }

    private ConsistencyReport Assemble(ReportDraft draft, IReadOnlyList<Rule> rules)
    {
        var found = draft.Found;
        var causes = draft.Causes(rules);
        return new ConsistencyReport
        {
            Verdict = rules.Any(rule => rule.Result == ReportRules.Fail) || found.WrongTotal > 0 ? Verdict.Inconsistent
                : causes.Count > 0 ? Verdict.Converging : Verdict.Consistent,
            AsOf = draft.AsOf,
            TookMs = (long)clock.GetElapsedTime(draft.Started).TotalMilliseconds,
            Causes = causes,
            Unread = draft.Unread,
            Packets = draft.StoreRead ? new PacketCounts(found.Open, found.Emptied, found.Expired) : null,
            Claims = draft.Claims(),
            Money = draft.Money(),
            AdjustedFen = draft.AdjustedFen,
            UnacknowledgedPayments = draft.UnacknowledgedPayments,
            Alerts = draft.Alerts,
            Rules = rules,
            TotalsFrom = draft.Sums?.From,
            Differences =
            [
                .. found.Wrong.Concat(draft.RepeatedKeys).Concat(draft.Parked).Concat(found.InFlightEntries).Take(ComparisonTally.Listed),
            ],
            DifferencesTotal = found.WrongTotal + (draft.Sums?.RepeatedKeys ?? 0) + (draft.ParkedTotal ?? 0) + found.InFlightTotal,
            Accounts = draft.Accounts,
            Healed = draft.Healed,
            Subscribers = draft.Subscribers,
        };
    }
}
