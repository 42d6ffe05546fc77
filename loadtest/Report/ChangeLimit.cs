using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.LoadTest.Report;

/// <summary>A change that a comparison must not have, for example <c>p99>+20%</c> or <c>won.rate&lt;-10%</c>.</summary>
internal sealed partial record ChangeLimit(string Text, Metric Metric, bool IsUpper, double Percent)
{
    [GeneratedRegex(@"^\s*(?<metric>[a-z0-9.]+)\s*(?<operator><|>)\s*(?<percent>[+-][0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%\s*$")]
    private static partial Regex Form();

    /// <summary>Reads a limit. Returns either the limit or an error.</summary>
    public static (ChangeLimit? Limit, string? Error) Parse(string text)
    {
        var form = Form().Match(text);
        if (!form.Success)
            return (null, $"--fail-if '{text}' is not a change. "
                + "Write a metric, < or >, and a percentage with its sign, for example p99>+20% or won.rate<-10%.");
        if (Metric.Find(form.Groups["metric"].Value) is not { } metric)
            return (null, $"--fail-if '{text}': {Metric.Unknown(form.Groups["metric"].Value)}");
        return metric.Unit == Unit.Word
            ? (null, $"--fail-if '{text}': {metric.Name} is a word and has no percentage. Use a --threshold of run for it.")
            : (new ChangeLimit(text, metric, form.Groups["operator"].Value == ">",
                double.Parse(form.Groups["percent"].Value, CultureInfo.InvariantCulture)), null);
    }

    /// <summary>Returns how the limit is crossed, or null. A metric that was not measured in both crosses it.</summary>
    public string? Crossed(ResultDocument a, ResultDocument b)
    {
        var change = MetricChange.Of(Metric, a, b);
        if (change.Percent is not { } percent)
            return $"{Text} (not measured in both)";
        return IsUpper ? percent > Percent ? Said() : null : percent < Percent ? Said() : null;

        string Said() => $"{Text} ({change.PercentText})";
    }
}
