using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.Demo;

/// <summary>
/// A rate over time: straight lines between points, and the last rate after the last point. Its text is
/// <c>0:100,10s:1500,20s:100</c>, the rate per second at each time. Two points at the same time are a jump. The load
/// tool compiles this file too.
/// </summary>
internal sealed partial class RateShape
{
    private const double HighestRate = 1_000_000;
    private const double LongestSeconds = 7 * 86400;

    private const string Form = "Stages are <time>:<rate> points with commas between them, for example 0:100,10s:1500,20s:100. "
        + "The first time is 0, and no time is before the one in front of it. "
        + "A time has its unit (ms, s, m, h), and a rate is 0 to 1000000 per second.";

    private readonly (double At, double Rate)[] _points;

    private RateShape(string text, (double At, double Rate)[] points) => (Text, _points) = (text, points);

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public string Text { get; }

    /// <summary>The points, in seconds and calls per second.</summary>
    public IReadOnlyList<(double At, double Rate)> Points => _points;

    /// <summary>The time of the last point.</summary>
    public TimeSpan Length => TimeSpan.FromSeconds(_points[^1].At);

    public double First => _points[0].Rate;

    public double Peak => _points.Max(point => point.Rate);

    /// <summary>The same rate all the time.</summary>
    public static RateShape Constant(double perSecond) => new(Invariant($"0:{perSecond}"), [(0, perSecond)]);

    /// <summary>Reads the text of a shape. Without one, the error says what is allowed.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RateShape? shape,
        [NotNullWhen(false)] out string? error)
    {
        (shape, error) = (null, null);
        var forms = text.Split(',').Select(part => PointForm().Match(part.Trim())).ToArray();
        var points = forms.Where(form => form.Success).Select(PointOf).ToArray();
        if (forms.Length < 2 || points.Length < forms.Length || points[0].At != 0 || points.Any(IsOutOfRange)
            || points.Zip(points.Skip(1)).Any(pair => pair.Second.At < pair.First.At))
        {
            error = $"{Form} It was '{text}'.";
            return false;
        }
        shape = new RateShape(text, points);
        if (shape.Total(points[^1].At) >= 1)
            return true;
        (shape, error) = (null, $"The stages '{text}' make no call. Give a longer time or a higher rate.");
        return false;
    }

    /// <summary>The rate at a moment. At a jump it is the rate before.</summary>
    public double Rate(double seconds)
    {
        var i = Math.Max(0, Array.FindLastIndex(_points, point => point.At < seconds));
        var (at, rate, _, slope) = Line(i);
        return rate + (slope * (seconds - at));
    }

    /// <summary>How many calls are due in the first seconds.</summary>
    public double Total(double seconds)
    {
        var total = 0.0;
        for (var i = 0; i < _points.Length; i++)
        {
            var (at, rate, length, slope) = Line(i);
            if (seconds <= at)
                break;
            total += Area(rate, slope, Math.Min(seconds - at, length));
        }
        return total;
    }

    /// <summary>When the n-th call (from 0) is due, in seconds; infinite when it never is.</summary>
    public double Moment(double n)
    {
        for (var i = 0; i < _points.Length; i++)
        {
            var (at, rate, length, slope) = Line(i);
            var area = Area(rate, slope, length);
            // A line that slopes down has a root that a rounding error may take below 0.
            if (n < area)
                return n == 0 ? at : at + (2 * n / (rate + Math.Sqrt(Math.Max(0, (rate * rate) + (2 * slope * n)))));
            n -= area;
        }
        return double.PositiveInfinity;
    }

    /// <summary>A line from its point to the next one. The last line is level and has no end.</summary>
    private (double At, double Rate, double Length, double Slope) Line(int i)
    {
        var (at, rate) = _points[i];
        if (i == _points.Length - 1)
            return (at, rate, double.PositiveInfinity, 0);
        var length = _points[i + 1].At - at;
        return (at, rate, length, length == 0 ? 0 : (_points[i + 1].Rate - rate) / length);
    }

    private static double Area(double rate, double slope, double seconds) => double.IsFinite(seconds)
        ? (rate * seconds) + (slope * seconds * seconds / 2)
        : rate > 0 ? double.PositiveInfinity : 0;

    private static (double At, double Rate) PointOf(Match form)
    {
        var unit = form.Groups["unit"].Value switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, _ => 0 };
        return (Number("time") * unit, Number("rate"));

        double Number(string name) => double.Parse(form.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    private static bool IsOutOfRange((double At, double Rate) point) =>
        point.At > LongestSeconds || point.Rate > HighestRate;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Only the time 0 may be without a unit.</summary>
    [GeneratedRegex(@"^(?:(?<time>[0-9]{1,9}(\.[0-9]{1,9})?)(?<unit>ms|s|m|h)|(?<time>0)(?<unit>)):(?<rate>[0-9]{1,9}(\.[0-9]{1,9})?)$")]
    private static partial Regex PointForm();
}
