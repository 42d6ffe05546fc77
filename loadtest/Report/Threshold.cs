using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.LoadTest.Report;

/// <summary>A bound that a run must keep: <c>p99&lt;50ms</c>, <c>failed&lt;0.1%</c>, <c>verdict==CONSISTENT</c>.</summary>
internal sealed partial record Threshold(string Text, Metric Metric, string Operator, double Number, string Word, bool IsPercent)
{
    private static readonly string[] s_verdicts = ["CONSISTENT", "CONVERGING", "INCONSISTENT"];

    /// <summary>Held in every run, whatever else is asked: a run whose money does not balance has failed.</summary>
    public static Threshold Always { get; } = Parse("money==balanced").Threshold!;

    [GeneratedRegex(@"^\s*(?<metric>[a-z0-9.]+)\s*(?<operator><=|>=|==|!=|<|>)\s*(?<value>[^\s<>=!]+)\s*$")]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>us|µs|ms|s|m|k|%|)$")]
    private static partial Regex Value();

    /// <summary>Reads a threshold. Exactly one of the two is returned.</summary>
    public static (Threshold? Threshold, string? Wrong) Parse(string text)
    {
        var form = Form().Match(text);
        if (!form.Success)
            return (null, $"'{text}' is no threshold. Write <metric><operator><value>, for example p99<50ms or verdict==CONSISTENT; operators are < <= > >= == !=.");
        var name = form.Groups["metric"].Value;
        if (Metric.Find(name) is not { } metric)
            return (null, $"'{text}': there is no metric '{name}'. There are {string.Join(", ", Metric.All.Select(known => known.Name))}.");
        return metric.Unit == Unit.Word
            ? OfWord(text, metric, form.Groups["operator"].Value, form.Groups["value"].Value)
            : OfNumber(text, metric, form.Groups["operator"].Value, form.Groups["value"].Value);
    }

    /// <summary>Holds a run against it. What was not measured does not hold.</summary>
    public ThresholdResult Judge(ResultDocument document)
    {
        var value = Metric.Read(document);
        if (value is null)
            return new ThresholdResult(Text, "not measured", false);
        if (value is string word)
            return new ThresholdResult(Text, word, Operator == "==" ? word == Word : word != Word);
        var measured = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        var shown = Metric.Text(value);
        if (IsPercent)
        {
            measured = document.Outcomes.Answers == 0 ? 0 : 100 * measured / document.Outcomes.Answers;
            shown = Format.Percent(measured / 100);
        }
        return new ThresholdResult(Text, shown, Holds(measured));
    }

    private bool Holds(double measured) => Operator switch
    {
        "<" => measured < Number,
        "<=" => measured <= Number,
        ">" => measured > Number,
        ">=" => measured >= Number,
        "==" => measured == Number,
        "!=" => measured != Number,
        _ => throw new InvalidOperationException($"operator {Operator}"),
    };

    private static (Threshold?, string?) OfWord(string text, Metric metric, string comparison, string value)
    {
        string[] words = metric.Name == "verdict" ? s_verdicts : ["balanced", "unbalanced"];
        if (comparison is not ("==" or "!="))
            return (null, $"'{text}': {metric.Name} is a word: compare it by == or !=.");
        return words.Contains(value)
            ? (new Threshold(text, metric, comparison, 0, value, false), null)
            : (null, $"'{text}': {metric.Name} is one of {string.Join(", ", words)}.");
    }

    private static (Threshold?, string?) OfNumber(string text, Metric metric, string comparison, string value)
    {
        var form = Value().Match(value);
        if (!form.Success)
            return (null, $"'{text}': '{value}' is no number. {Wanted(metric)}");
        var unit = form.Groups["unit"].Value;
        var number = double.Parse(form.Groups["number"].Value, CultureInfo.InvariantCulture);
        return (metric.Unit, unit) switch
        {
            (Unit.Time, "us" or "µs") => (new Threshold(text, metric, comparison, number / 1000, "", false), null),
            (Unit.Time, "ms") => (new Threshold(text, metric, comparison, number, "", false), null),
            (Unit.Time, "s") => (new Threshold(text, metric, comparison, number * 1000, "", false), null),
            (Unit.Time, "m") => (new Threshold(text, metric, comparison, number * 60_000, "", false), null),
            (Unit.Count, "%") => (new Threshold(text, metric, comparison, number, "", true), null),
            (Unit.Number or Unit.Count, "") => (new Threshold(text, metric, comparison, number, "", false), null),
            (Unit.Number or Unit.Count, "k") => (new Threshold(text, metric, comparison, number * 1000, "", false), null),
            _ => (null, $"'{text}': '{value}' does not fit. {Wanted(metric)}"),
        };
    }

    private static string Wanted(Metric metric) => metric.Unit switch
    {
        Unit.Time => $"{metric.Name} is a time, with its unit: 300us, 50ms, 2s or 1m.",
        Unit.Count => $"{metric.Name} is a count (20, 20k) or a part of all answers (0.1%).",
        _ => $"{metric.Name} is a plain number (20, 20k).",
    };
}
