using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Run;

/// <summary>The outcomes of drills as a Markdown table and as JSON. Both say the same.</summary>
internal static class Table
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly string[] s_heads =
    [
        "drill", "fault", "won", "kept", "lost", "forgotten", "duplicated", "unexpected", "unresolved", "503", "unanswered",
        "seconds to CONSISTENT", "seed", "",
    ];

    public static string Markdown(IEnumerable<DrillOutcome> outcomes)
    {
        var text = new StringBuilder();
        Row(text, s_heads);
        Row(text, s_heads.Select((_, column) => column is 0 or 1 or 13 ? "---" : "--:"));
        foreach (var outcome in outcomes)
        {
            var comparison = outcome.Comparison;
            object?[] cells =
            [
                outcome.Drill, outcome.Fault, comparison?.Client, comparison?.Kept, comparison?.Lost, comparison?.Forgotten,
                comparison?.Duplicated, comparison?.Unexpected, comparison?.Unresolved, outcome.Unavailable, outcome.Unanswered,
                outcome.Seconds?.ToString("0.0", CultureInfo.InvariantCulture), outcome.Seed, outcome.Passed ? "PASS" : "**FAIL**",
            ];
            Row(text, cells);
        }
        return text.ToString();
    }

    public static string Json(IEnumerable<DrillOutcome> outcomes) => JsonSerializer.Serialize(outcomes.Select(outcome => new
    {
        outcome.Drill,
        outcome.Fault,
        Won = outcome.Comparison?.Client,
        outcome.Comparison?.Kept,
        outcome.Comparison?.Lost,
        outcome.Comparison?.Forgotten,
        outcome.Comparison?.Duplicated,
        outcome.Comparison?.Unexpected,
        outcome.Comparison?.Unresolved,
        outcome.Unavailable,
        outcome.Unanswered,
        outcome.Seconds,
        outcome.Seed,
        outcome.Passed,
        Against = outcome.Passed ? null : outcome.FailureText,
    }), s_json);

    /// <summary>The verdict of one outcome with the four views, for the text after a drill.</summary>
    public static string Verdict(DrillOutcome outcome)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"  {(outcome.Passed ? "PASS" : "FAIL")}  {outcome.Fault}");
        if (outcome.Comparison is { } comparison)
            Views(text, outcome, comparison);
        if (outcome.Comparison is { Forgotten: > 0 and var forgotten })
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    {forgotten} answers from before the damage are forgotten everywhere:");
            text.AppendLine($"      {outcome.ForgottenText.Replace("\n", "\n      ", StringComparison.Ordinal)}");
        }
        if (!outcome.Passed)
            text.AppendLine($"    {outcome.FailureText.Replace("\n", "\n    ", StringComparison.Ordinal)}");
        return text.ToString();
    }

    private static void Views(StringBuilder text, DrillOutcome outcome, ShareComparison comparison)
    {
        var redis = comparison.Redis is { } claims ? $"{claims} shares" : "not compared";
        text.Append(CultureInfo.InvariantCulture, $"    client   {comparison.Client} shares won ({outcome.Unavailable} answers 503, ");
        text.AppendLine(CultureInfo.InvariantCulture, $"{outcome.Unanswered} calls unanswered, all asked again)");
        text.AppendLine(CultureInfo.InvariantCulture, $"    Redis    {redis}");
        text.AppendLine(CultureInfo.InvariantCulture, $"    outbox   {comparison.Outbox} entries in flight");
        text.AppendLine(CultureInfo.InvariantCulture, $"    ledger   {comparison.Ledger} shares");
        text.Append(CultureInfo.InvariantCulture, $"    kept {comparison.Kept}, lost {comparison.Lost}, ");
        text.Append(CultureInfo.InvariantCulture, $"duplicated {comparison.Duplicated}, unexpected {comparison.Unexpected}, ");
        text.AppendLine(CultureInfo.InvariantCulture, $"unresolved {comparison.Unresolved}, CONSISTENT after {outcome.Seconds:0.0} s");
    }

    private static void Row(StringBuilder text, IEnumerable<object?> cells)
    {
        foreach (var cell in cells)
            text.Append(CultureInfo.InvariantCulture, $"| {cell} ");
        text.AppendLine("|");
    }
}
