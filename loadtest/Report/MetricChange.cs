using System.Globalization;

namespace RedPacket.LoadTest.Report;

/// <summary>How a metric changed from one result to another.</summary>
/// <param name="First">The base; null when it was not measured.</param>
internal sealed record MetricChange(Metric Metric, object? First, object? Second)
{
    public static MetricChange Of(Metric metric, ResultDocument a, ResultDocument b) =>
        new(metric, metric.Read(a), metric.Read(b));

    public bool IsMeasured => First is not null || Second is not null;

    /// <summary>
    /// Percent of the first value, infinite when that is 0; null for words and for what was not measured twice.
    /// </summary>
    public double? Percent
    {
        get
        {
            if (First is null || Second is null || Metric.Unit == Unit.Word)
                return null;
            var (a, b) = (Number(First), Number(Second));
            return a == b ? 0 : a == 0 ? double.PositiveInfinity : (b - a) / a * 100;
        }
    }

    public string PercentText => Percent switch
    {
        null when Metric.Unit == Unit.Word && First is not null && Second is not null => Equals(First, Second) ? "same" : "different",
        null => "",
        0 => "0 %",
        double.PositiveInfinity => "from 0",
        { } percent => percent.ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>Better, worse, or neither of them: within the noise, or without a good direction.</summary>
    /// <param name="noise">Percent that two runs of the same thing may differ.</param>
    public string Mark(double noise)
    {
        if (Metric.Unit == Unit.Word)
            return Equals(First, Second) ? "" : Equals(Second, GoodWord) ? "✓ better" : Equals(First, GoodWord) ? "✗ worse" : "";
        return Metric.Better == Better.Neither || Percent is not { } percent || Math.Abs(percent) <= noise ? ""
            : percent > 0 == (Metric.Better == Better.Higher) ? "✓ better" : "✗ worse";
    }

    private string GoodWord => Metric.Name == "verdict" ? Target.ReportVerdict.Consistent : "balanced";

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
