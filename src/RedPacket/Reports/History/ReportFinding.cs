using System.Globalization;
using System.Numerics;
using RedPacket.Comparison;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.History;

/// <summary>
/// What a report found wrong or could not check, without the exact numbers. Reports that follow each other with the same
/// finding say the same to an operator, so few of them are kept. Does no I/O.
/// </summary>
/// <param name="Text">Equal for equal findings.</param>
/// <param name="Failing">The rules that fail.</param>
/// <param name="Unknown">The rules that could not be checked. Their alerts stay as they are.</param>
internal sealed record ReportFinding(string Text, IReadOnlyList<FailingRule> Failing, IReadOnlyCollection<string> Unknown)
{
    /// <param name="report">A report of everything.</param>
    /// <param name="isFull">It has recomputed the totals account by account.</param>
    public static ReportFinding Of(ConsistencyReport report, bool isFull)
    {
        List<FailingRule> failing = [.. report.Rules.Where(rule => rule.Result == ReportRules.Fail)
            .Select(rule => new FailingRule(rule.Id, SizeOf(rule, report)))];
        string[] unknown = [.. report.Rules.Where(rule => rule.Result == ReportRules.Unknown).Select(rule => rule.Id)];
        // A difference counts by its power of two. Otherwise a fault that grows would be kept with each report.
        var text = string.Join(' ', failing
            .Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Id}:{BitOperations.Log2((ulong)rule.Difference)}"))
            .Concat(unknown));
        // Other reports add up new rows only, so that a total may be wrong although they pass.
        return new ReportFinding(text, failing, isFull ? unknown : [.. unknown, ReportRules.TotalsRecomputed]);
    }

    // An entry that only one side has is on neither side of this rule. So the entries that differ are counted, without those
    // of other rules.
    private static long SizeOf(Rule rule, ConsistencyReport report)
    {
        var delta = Math.Abs(rule.Delta ?? 0);
        if (rule.Id != ReportRules.GrantedIsRecorded)
            return delta;
        var inFlight = report.Causes.FirstOrDefault(cause => cause.Code == DifferenceKind.InFlight)?.Count ?? 0;
        var others = report.Rules.Where(other => ReportRules.ListsDifferences(other.Id)).Sum(other => other.Left ?? 0);
        return Math.Max(delta, report.DifferencesTotal - inFlight - others);
    }
}
