using System.Globalization;
using System.Numerics;
using RedPacket.Ledger.Kept;

namespace RedPacket.Reports.History;

/// <summary>
/// What a report found wrong or could not read, without the exact numbers. Reports that follow each other with the same
/// finding say the same to an operator, so few of them are kept. Does no I/O.
/// </summary>
/// <param name="Text">Equal for equal findings.</param>
/// <param name="Failing">The rules that fail.</param>
/// <param name="Unknown">The rules that could not be checked.</param>
internal sealed record ReportFinding(string Text, IReadOnlyList<FailingRule> Failing, IReadOnlyCollection<string> Unknown)
{
    public static ReportFinding Of(ConsistencyReport report)
    {
        List<FailingRule> failing = [.. report.Rules.Where(rule => rule.Result == ReportRules.Fail)
            .Select(rule => new FailingRule(rule.Id, Math.Abs(rule.Delta ?? 0)))];
        string[] unknown = [.. report.Rules.Where(rule => rule.Result == ReportRules.Unknown).Select(rule => rule.Id)];
        // A difference counts by its power of two. Otherwise a fault that grows would be kept with each report.
        var text = string.Join(' ', failing
            .Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Id}:{BitOperations.Log2((ulong)rule.Difference)}"))
            .Concat(unknown));
        return new ReportFinding(text, failing, unknown);
    }
}
