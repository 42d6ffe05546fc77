using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.LoadTest.Report;

/// <summary>
/// A bound that a run must hold, for example <c>p99&lt;50ms</c>, <c>failed&lt;0.1%</c> or <c>verdict==CONSISTENT</c>.
/// </summary>
internal sealed partial record Threshold(string Text, Metric Metric, string Operator, double Number, string Word,
    bool IsPercent)
{
    private static readonly string[] s_verdicts = ["CONSISTENT", "CONVERGING", "INCONSISTENT"];

    /// <summary>
    /// The thresholds of every run: the money balances, and the run won something, or it has measured nothing.
    /// </summary>
    public static IReadOnlyList<Threshold> Always { get; } = [Parse("money==balanced").Threshold!, Parse("won>0").Threshold!];

    [GeneratedRegex(@"^\s*(?<metric>[a-z0-9.]+)\s*(?<operator><=|>=|==|!=|<|>)\s*(?<value>[^\s<>=!]+)\s*$")]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>us|µs|ms|s|m|k|%|)$")]
    private static partial Regex Value();

    /// <summary>Reads a threshold. Returns either the threshold or an error.</summary>
    public static (Threshold? Threshold, string? Error) Parse(string text)
    {
        var form = Form().Match(text);
        if (!form.Success)
            return (null, $"'{text}' is not a threshold. Write <metric><operator><value>, for example p99<50ms or verdict==CONSISTENT. "
                + "Operators are < <= > >= == !=.");
        var name = form.Groups["metric"].Value;
        if (Metric.Find(name) is not { } metric)
            return (null, $"'{text}': {Metric.Unknown(name)}");
        return metric.Unit == Unit.Word
            ? OfWord(text, metric, form.Groups["operator"].Value, form.Groups["value"].Value)
            : OfNumber(text, metric, form.Groups["operator"].Value, form.Groups["value"].Value);
    }

    /// <summary>Judges a result. A metric that was not measured fails.</summary>
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
            return (null, $"'{text}': {metric.Name} is a word. Compare it with == or !=.");
        return words.Contains(value)
            ? (new Threshold(text, metric, comparison, 0, value, false), null)
            : (null, $"'{text}': {metric.Name} must be one of {string.Join(", ", words)}.");
    }

    private static (Threshold?, string?) OfNumber(string text, Metric metric, string comparison, string value)
    {
        var form = Value().Match(value);
        if (!form.Success)
            return (null, $"'{text}': '{value}' is not a number. {Allowed(metric)}");
        var unit = form.Groups["unit"].Value;
        var number = double.Parse(form.Groups["number"].Value, CultureInfo.InvariantCulture);
        double? scaled = (metric.Unit, unit) switch
        {
            (Unit.Time, "us" or "µs") => number / 1000,
            (Unit.Time, "ms") => number,
            (Unit.Time, "s") => number * 1000,
            (Unit.Time, "m") => number * 60_000,
            (Unit.Count, "%") => number,
            (Unit.Number or Unit.Count, "") => number,
            (Unit.Number or Unit.Count, "k") => number * 1000,
            _ => null,
        };
        return scaled is { } bound
            ? (new Threshold(text, metric, comparison, bound, "", unit == "%"), null)
            : (null, $"'{text}': '{value}' has the wrong unit. {Allowed(metric)}");
    }

    private static string Allowed(Metric metric) => metric.Unit switch
    {
        Unit.Time => $"{metric.Name} is a time with its unit, for example 300us, 50ms, 2s or 1m.",
        Unit.Count => $"{metric.Name} is a count, for example 20 or 20k, or a percentage of all answers, for example 0.1%.",
        _ => $"{metric.Name} is a plain number, for example 20 or 20k.",
    };
}
