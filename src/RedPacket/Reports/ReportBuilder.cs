using RedPacket.Comparison;
using Microsoft.Extensions.Options;

namespace RedPacket.Reports;

/// <summary>
/// The consistency report: Redis, outbox and ledger, read side by side now. It covers everything that was answered before the report
/// was asked for. It says which entries are in flight, and which side could not be read.
/// </summary>
internal sealed class ReportBuilder(
    FullScan pass, ReportPages pages, LedgerTotals totals, RecentRepairs healed, ParkedReader parked, DigestWriter digests,
    ReportHistory history, TimeProvider clock, IOptions<ReportsOptions> options) : IDisposable
{
    private const int HealedListed = 20;
    private readonly SemaphoreSlim _turns = new(options.Value.ReportsAtATime);

    /// <summary>Computes a report of everything, or of a packet that is known.</summary>
    public async Task<ConsistencyReport> Build(ReportRequest request, CancellationToken cancellation) =>
        await Find(request, cancellation)
        ?? throw new ArgumentException($"Neither side knows the packet or the claim: {request}", nameof(request));

    /// <summary>The same; null when it is about a packet, or a claim, that neither side knows or that was archived.</summary>
    public async Task<ConsistencyReport?> Find(ReportRequest request, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            // SQLite answers synchronously: a long reading must not hold up the caller's thread.
            return await Task.Run(
                () => request.PacketId is null ? OfAll(request, cancellation) : OfOne(request, cancellation), cancellation);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task<ConsistencyReport?> OfAll(ReportRequest request, CancellationToken cancellation)
    {
        var reading = new ReportDraft { AsOf = clock.GetUtcNow(), Started = clock.GetTimestamp() };
        reading.Take(await pass.Run(cancellation));
        await reading.FromLedger(async () =>
        {
            reading.Sums = await totals.Read(request.Full, cancellation);
            reading.ParkedTotal = reading.Sums.Parked;
            reading.AdjustedFen = reading.Sums.AdjustFen;
            reading.Parked = await parked.Differences(null, ComparisonTally.Listed, cancellation);
            reading.Healed = await healed.Latest(HealedListed, cancellation);
        });
        reading.Accounts = [.. reading.Found.Accounts.Concat(reading.Sums?.Accounts ?? [])
            .DistinctBy(account => account.Account).Take(ComparisonTally.Listed)];
        var page = reading.StoreRead && reading.LedgerRead ? await reading.FromBoth(() => pages.Packets(request, cancellation)) : null;
        var report = Assemble(reading, [.. ReportRules.OfPackets(reading.Found, reading.StoreRead, reading.LedgerRead),
            .. ReportRules.OfLedger(reading.Sums, reading.Accounts)]) with
        { PacketsPage = page };
        history.Add(report);
        if (report.Verdict != Verdict.Inconsistent && reading.Sums is { } sums
            && (sums.FromFirst || (sums.TotalsAgree && sums.Added >= options.Value.RowsPerDigest)))
        {
            await digests.Write(sums, cancellation);
        }
        return report;
    }

    private async Task<ConsistencyReport?> OfOne(ReportRequest request, CancellationToken cancellation)
    {
        var reading = new ReportDraft { AsOf = clock.GetUtcNow(), Started = clock.GetTimestamp() };
        var one = await pages.OnePacket(request, reading, cancellation);
        if (one is null)
            return null;
        await reading.FromLedger(async () =>
        {
            reading.Parked = await parked.Differences(request.PacketId, ComparisonTally.Listed, cancellation);
            reading.ParkedTotal = await parked.Count(request.PacketId!, cancellation);
            reading.AdjustedFen = await parked.AdjustedFen(request.PacketId!, cancellation);
        });
        reading.Accounts = reading.Found.Accounts;
        return Assemble(reading, [.. ReportRules.OfPackets(reading.Found, reading.StoreRead, reading.LedgerRead),
            .. ReportRules.OfOnePacket(reading.Accounts, reading.ParkedTotal)]) with
        { PacketId = request.PacketId, ClaimsPage = one.Claims, Claim = one.Claim };
    }

    private ConsistencyReport Assemble(ReportDraft reading, IReadOnlyList<Rule> rules)
    {
        var found = reading.Found;
        var causes = reading.Causes(rules);
        return new ConsistencyReport
        {
            Verdict = rules.Any(rule => rule.Result == ReportRules.Fail) || found.WrongTotal > 0 ? Verdict.Inconsistent
                : causes.Count > 0 ? Verdict.Converging : Verdict.Consistent,
            AsOf = reading.AsOf,
            TookMs = (long)clock.GetElapsedTime(reading.Started).TotalMilliseconds,
            Causes = causes,
            Unread = reading.Unread,
            Packets = reading.StoreRead ? new PacketCounts(found.Open, found.Emptied, found.Expired) : null,
            Claims = reading.Claims(),
            Money = reading.Money(),
            AdjustedFen = reading.AdjustedFen,
            Rules = rules,
            TotalsFrom = reading.Sums?.From,
            Differences = [.. found.Wrong.Concat(reading.Parked).Concat(found.InFlightEntries).Take(ComparisonTally.Listed)],
            DifferencesTotal = found.WrongTotal + (reading.ParkedTotal ?? 0) + found.InFlightTotal,
            Accounts = reading.Accounts,
            Healed = reading.Healed,
        };
    }
}
