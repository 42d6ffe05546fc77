using System.Globalization;
using System.Text;

namespace RedPacket.LoadTest.Report;

/// <summary>Two runs side by side, figure by figure, with the difference in per cent.</summary>
internal static class MetricDifference
{
    private static readonly string[] s_shown =
    [
        "rate", "won.rate", "max.rate", "p50", "p90", "p99", "p99.9", "p99.99", "max", "service.p50", "service.p99", "lag.p50", "lag.p99", "drain", "cpu",
        "noop.ratio", "won", "emptied", "refused", "failed", "late", "dropped", "lost", "duplicated", "unexpected", "verdict",
    ];

    /// <summary>A table of what both have, with what makes them hard to compare above it. Columns are parted by spaces, so that it reads in a terminal and in a file.</summary>
    public static string Of(ResultDocument a, ResultDocument b, string nameA, string nameB)
    {
        var text = new StringBuilder();
        foreach (var caveat in Caveats(a, b))
            text.Append("! ").AppendLine(caveat);
        List<string[]> rows = [["", nameA, nameB, "difference"]];
        foreach (var metric in s_shown.Select(name => Metric.Find(name)!))
        {
            var (first, second) = (metric.Read(a), metric.Read(b));
            if (first is not null || second is not null)
                rows.Add([metric.Name, metric.Text(first), metric.Text(second), Change(metric, first, second)]);
        }
        var widths = Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        return text.ToString();
    }

    private static IEnumerable<string> Caveats(ResultDocument a, ResultDocument b)
    {
        if (a.Machine.Cpu != b.Machine.Cpu || a.Machine.Cores != b.Machine.Cores)
            yield return $"Different machines: {a.Machine.Cores} cores of {a.Machine.Cpu}, and {b.Machine.Cores} of {b.Machine.Cpu}.";
        if (a.Workload with { SendsPerSecond = 0, DurationS = 0 } != b.Workload with { SendsPerSecond = 0, DurationS = 0 })
            yield return $"Different workloads: {Workload(a)}, and {Workload(b)}.";
        if (a.Target.Store != b.Target.Store || a.Target.Bus != b.Target.Bus || a.Target.Ledger != b.Target.Ledger)
            yield return $"Different parts: {a.Target.Store}; {a.Target.Bus}; {a.Target.Ledger}, and {b.Target.Store}; {b.Target.Bus}; {b.Target.Ledger}.";
        if (a.Machine.Build != "Release" || b.Machine.Build != "Release")
            yield return "A Debug build is among them: its figures say nothing.";
        if (a.Interrupted || b.Interrupted)
            yield return "A run that was interrupted is among them.";
    }

    private static string Workload(ResultDocument document) =>
        $"{document.Workload.Name} ({document.Workload.Model}{(document.Workload.Rate is { } rate ? $" {Format.Number(rate)}/s" : "")}, {document.Workload.Connections} connections, "
        + $"{Format.Number(document.Workload.Packets)} packets of {Format.Number(document.Workload.Shares)})";

    private static string Change(Metric metric, object? first, object? second)
    {
        if (first is null || second is null)
            return "";
        if (metric.Unit == Unit.Word)
            return Equals(first, second) ? "same" : "different";
        var (a, b) = (Convert.ToDouble(first, CultureInfo.InvariantCulture), Convert.ToDouble(second, CultureInfo.InvariantCulture));
        if (a == b)
            return "0 %";
        return a == 0 ? "" : ((b - a) / a).ToString("+0.0 %;-0.0 %", CultureInfo.InvariantCulture);
    }
}
