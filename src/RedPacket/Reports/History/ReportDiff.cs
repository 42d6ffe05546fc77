using RedPacket.Comparison;

namespace RedPacket.Reports.History;

/// <summary>One of two reports that are compared.</summary>
internal sealed record ComparedReport(DateTimeOffset AsOf, string Verdict);

/// <summary>A number that changed. Null is what could not be read.</summary>
/// <param name="Name">As in the JSON of the report, such as <c>money.fundedFen</c>.</param>
internal sealed record ChangedNumber(string Name, long? From, long? To, long? Delta);

/// <summary>A rule whose result changed. Null: the report did not have it.</summary>
internal sealed record ChangedRule(string Id, string? From, string? To);

/// <summary>
/// What changed between two reports. Entries in flight come and go, so only their number is compared. Of both reports
/// the first <see cref="ReportKeeper.Listed"/> differences are compared, as many as a kept one lists.
/// </summary>
/// <param name="Appeared">Differences that only the later report lists.</param>
/// <param name="Gone">Differences that only the earlier report lists.</param>
/// <param name="IsWhole">False when one of the two does not list all of its differences, or could not read a side.</param>
internal sealed record ReportDiff(
    ComparedReport From, ComparedReport To, IReadOnlyList<ChangedNumber> Numbers, IReadOnlyList<ChangedRule> Rules,
    IReadOnlyList<Difference> Appeared, IReadOnlyList<Difference> Gone, bool IsWhole)
{
    public static ReportDiff Between(ConsistencyReport first, ConsistencyReport second)
    {
        var (earlier, later) = (ReportKeeper.Cut(first), ReportKeeper.Cut(second));
        return new ReportDiff(
            new ComparedReport(earlier.AsOf, earlier.Verdict), new ComparedReport(later.AsOf, later.Verdict),
            [.. ChangedNumbers(earlier, later)], [.. ChangedRules(earlier, later)], Only(later, earlier), Only(earlier, later),
            ListsAll(earlier) && ListsAll(later));
    }

    private static IEnumerable<ChangedNumber> ChangedNumbers(ConsistencyReport earlier, ConsistencyReport later) =>
        Figures.Named(earlier).Zip(Figures.Named(later), (before, now) => (before.Name, Before: before.Value, Now: now.Value))
            .Where(number => number.Before != number.Now)
            .Select(number => new ChangedNumber(number.Name, number.Before, number.Now, number.Now - number.Before));

    private static IEnumerable<ChangedRule> ChangedRules(ConsistencyReport earlier, ConsistencyReport later) =>
        later.Rules.Concat(earlier.Rules).Select(rule => rule.Id).Distinct()
            .Select(id => new ChangedRule(id, Result(earlier, id), Result(later, id))).Where(rule => rule.From != rule.To);

    private static string? Result(ConsistencyReport report, string id) => report.Rules.FirstOrDefault(rule => rule.Id == id)?.Result;

    private static List<Difference> Only(ConsistencyReport one, ConsistencyReport other) =>
        [.. Lasting(one).Except(Lasting(other))];

    private static IEnumerable<Difference> Lasting(ConsistencyReport report) =>
        report.Differences.Where(difference => difference.Kind != DifferenceKind.InFlight);

    // Those in flight come last. Where one is listed, all others are.
    private static bool ListsAll(ConsistencyReport report) => report.Unread.Count == 0
        && (report.Differences.Count == report.DifferencesTotal
            || report.Differences.Any(difference => difference.Kind == DifferenceKind.InFlight));
}
