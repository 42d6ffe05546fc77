using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills;

/// <summary>What the drills came to, as a Markdown table for people and as JSON for programs; both say the same.</summary>
internal static class Table
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Markdown(IEnumerable<DrillOutcome> outcomes)
    {
        var text = new StringBuilder();
        text.AppendLine("| drill | fault | won | kept | lost | forgotten | duplicated | unexpected | unresolved | 503 | unanswered | seconds to CONSISTENT | seed | |");
        text.AppendLine("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |");
        foreach (var row in outcomes)
        {
            var views = row.Views;
            text.Append(CultureInfo.InvariantCulture, $"| {row.Drill} | {row.Fault} | {views?.Client} | {views?.Kept} | {views?.Lost} | {views?.Forgotten} ");
            text.Append(CultureInfo.InvariantCulture, $"| {views?.Duplicated} | {views?.Unexpected} | {views?.Unresolved} | {row.Unavailable} | {row.Unanswered} | {row.Seconds:0.0} | {row.Seed} ");
            text.AppendLine(row.Passed ? "| PASS |" : "| **FAIL** |");
        }
        return text.ToString();
    }

    public static string Json(IEnumerable<DrillOutcome> outcomes) => JsonSerializer.Serialize(outcomes.Select(row => new
    {
        row.Drill,
        row.Fault,
        Won = row.Views?.Client,
        row.Views?.Kept,
        row.Views?.Lost,
        row.Views?.Forgotten,
        row.Views?.Duplicated,
        row.Views?.Unexpected,
        row.Views?.Unresolved,
        row.Unavailable,
        row.Unanswered,
        row.Seconds,
        row.Seed,
        row.Passed,
        Against = row.Passed ? null : row.Against,
    }), s_json);

    /// <summary>The verdict of one outcome with the four views, to be read after its drill.</summary>
    public static string Verdict(DrillOutcome row)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"  {(row.Passed ? "PASS" : "FAIL")}  {row.Fault}");
        if (row.Views is { } views)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    the client was told of  {views.Client} shares won ({row.Unavailable} times 503, {row.Unanswered} calls unanswered, asked again)");
            text.AppendLine(CultureInfo.InvariantCulture, $"    Redis holds             {(views.Redis is { } redis ? $"{redis} shares" : "nothing that has to be compared")}");
            text.AppendLine(CultureInfo.InvariantCulture, $"    the outbox holds        {views.Outbox} entries on their way");
            text.AppendLine(CultureInfo.InvariantCulture, $"    the ledger has          {views.Ledger} shares");
            text.Append(CultureInfo.InvariantCulture, $"    kept {views.Kept}, lost {views.Lost}, duplicated {views.Duplicated}, unexpected {views.Unexpected}, ");
            text.AppendLine(CultureInfo.InvariantCulture, $"unresolved {views.Unresolved}; CONSISTENT after {row.Seconds:0.0} s");
        }
        if (row.Views is { Forgotten: > 0 and var forgotten })
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    {forgotten} answers from before the damage are known to nobody, the first of them:");
            text.AppendLine($"      {row.Forgotten.Replace("\n", "\n      ", StringComparison.Ordinal)}");
        }
        if (!row.Passed)
            text.AppendLine($"    {row.Against.Replace("\n", "\n    ", StringComparison.Ordinal)}");
        return text.ToString();
    }
}
