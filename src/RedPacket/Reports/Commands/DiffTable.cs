using System.Globalization;
using System.Text;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Reports.History;

namespace RedPacket.Reports.Commands;

/// <summary>What changed between two reports, as text for a terminal.</summary>
internal static class DiffTable
{
    private const string NotWhole =
        "  A report does not list all of its differences, or could not read a side. Some may be missing or too many here.\n";

    public static string Write(ReportDiff diff, bool colour)
    {
        var text = new StringBuilder();
        foreach (var (asOf, verdict) in (ComparedReport[])[diff.From, diff.To])
            text.Append(CultureInfo.InvariantCulture, $"{ReportTable.Painted(verdict, colour)} as of {WireTime.Text(asOf)}\n");
        if (!diff.IsWhole)
            text.Append(NotWhole);
        else if (diff is { Numbers: [], Rules: [], Appeared: [], Gone: [] })
            text.Append("  Nothing changed.\n");
        if (diff.Numbers.Count > 0)
        {
            ReportTable.Grid(text, colour, [["number", "from", "to", "change"],
                .. diff.Numbers.Select(number => new[]
                {
                    number.Name, Figures.Of(number.Name, number.From), Figures.Of(number.Name, number.To),
                    Figures.Of(number.Name, number.Delta),
                })]);
        }
        if (diff.Rules.Count > 0)
            ReportTable.Grid(text, colour, [["rule", "from", "to"],
                .. diff.Rules.Select(rule => new[] { rule.Id, rule.From ?? "–", rule.To ?? "–" })]);
        ReportTable.Differences(text, "appeared", diff.Appeared, colour);
        ReportTable.Differences(text, "gone", diff.Gone, colour);
        return text.ToString();
    }
}
