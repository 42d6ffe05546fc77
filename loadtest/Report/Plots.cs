using System.Globalization;
using RedPacket.Demo;

namespace RedPacket.LoadTest.Report;

/// <summary>The plots of a run, with their file names.</summary>
internal static class Plots
{
    /// <summary>Each plot as an SVG file.</summary>
    public static IEnumerable<(string Name, string Svg)> Of(ResultDocument document) =>
        All(document).Select(plot => (plot.Name, plot.Plot.ToSvg(withStyle: true)));

    /// <summary>All plots.</summary>
    public static IReadOnlyList<(string Name, Plot Plot)> All(ResultDocument document) =>
    [
        ("throughput", Throughput(document)), ("latency", Latency(document)),
        ("percentiles", Percentiles(document)), ("backlog", Backlog(document)),
    ];

    private static Plot Throughput(ResultDocument document) => new("Throughput", "seconds", "per second",
    [
        new Line("answered", 2, [.. document.Series.Select(point => (point.At, point.Answers / Math.Max(point.Seconds, 0.001)))]),
        new Line("won", 1, [.. document.Series.Select(point => (point.At, point.Won / Math.Max(point.Seconds, 0.001)))], Fills: true),
        .. document.Series.Count > 0 ? Due(document.Workload) : [],
    ], Format.Number);

    /// <summary>The rate that the plan asks for, in an open model.</summary>
    private static IEnumerable<Line> Due(WorkloadFacts workload)
    {
        var shape = workload.Rate is { } rate ? RateShape.Constant(rate) : null;
        if (shape is null && !(workload.Stages is { } text && RateShape.TryParse(text, out shape, out _)))
            return [];
        var last = (workload.DurationS, shape.Rate(workload.DurationS));
        return [new Line("due", 3, [.. shape.Points.Where(point => point.At < workload.DurationS), last])];
    }

    private static Plot Latency(ResultDocument document) => new("Latency over time", "seconds", "from due, log scale",
    [
        new Line("max", 4, [.. document.Series.Select(point => (point.At, point.MaxMs))]),
        new Line("p99", 1, [.. document.Series.Select(point => (point.At, point.P99Ms))]),
        new Line("p50", 2, [.. document.Series.Select(point => (point.At, point.P50Ms))]),
    ], Format.Time, LogY: true);

    // The axis spaces 90 %, 99 %, 99.9 % and so on evenly.
    private static Plot Percentiles(ResultDocument document)
    {
        var highest = document.Latency.Curve.Select(point => point.Percent).DefaultIfEmpty(0).Max();
        var ticks = new[] { 0, 50, 90, 99, 99.9, 99.99, 99.999 }.Where(percent => percent <= highest)
            .Select(percent => (Nines(percent), percent.ToString(CultureInfo.InvariantCulture)));
        return new Plot("Percentiles", "percent of answers", "answered within",
        [
            new Line("from due", 1, Curve(document.Latency)),
            new Line("from sending", 2, Curve(document.Service)),
        ], Format.Time, LogY: true, [.. ticks]);
    }

    private static Plot Backlog(ResultDocument document) => new("Accepted, settled and in flight", "seconds", "shares",
    [
        new Line("accepted", 1, [.. document.Flow.Select(flow => (flow.At, (double)flow.Accepted))]),
        new Line("settled", 3, [.. document.Flow.Select(flow => (flow.At, (double)flow.Settled))]),
        new Line("in flight", 4, [.. document.Flow.Select(flow => (flow.At, (double)flow.Backlog))], Fills: true),
    ], Format.Number);

    private static IReadOnlyList<(double X, double Y)> Curve(LatencyFacts latency) =>
        [.. latency.Curve.Select(point => (Nines(point.Percent), point.Ms))];

    private static double Nines(double percent) => -Math.Log10(1 - (percent / 100));
}
