using System.Globalization;
using System.Text;

namespace RedPacket.LoadTest.Report;

/// <summary>Compares two runs metric by metric, with differences in percent.</summary>
internal static class MetricDifference
{
    private static readonly string[] s_shown =
    [
        "rate", "won.rate", "max.rate", "p50", "p90", "p99", "p99.9", "p99.99", "max", "service.p50", "service.p99", "lag.p50", "lag.p99",
        "drain", "cpu", "noop.ratio", "won", "emptied", "refused", "failed", "late", "dropped", "lost", "duplicated", "unexpected",
        "verdict",
    ];

    /// <summary>A table of both results. Lines above it warn about differences that make the results hard to compare.</summary>
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
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            text.AppendLine(string.Join("  ", cells).TrimEnd());
        }
        return text.ToString();
    }

    private static IEnumerable<string> Caveats(ResultDocument a, ResultDocument b)
    {
        if (a.Machine.Cpu != b.Machine.Cpu || a.Machine.Cores != b.Machine.Cores)
            yield return $"Different machines: {Machine(a)} and {Machine(b)}.";
        if (a.Workload with { SendsPerSecond = 0, DurationS = 0 } != b.Workload with { SendsPerSecond = 0, DurationS = 0 })
            yield return $"Different workloads: {Workload(a)} and {Workload(b)}.";
        if (a.Target.Store != b.Target.Store || a.Target.Bus != b.Target.Bus || a.Target.Ledger != b.Target.Ledger)
            yield return $"Different parts: ({Parts(a)}) and ({Parts(b)}).";
        if (a.Machine.Build != "Release" || b.Machine.Build != "Release")
            yield return "At least one result is of a Debug build, whose figures mean nothing.";
        if (a.Interrupted || b.Interrupted)
            yield return "At least one run was interrupted.";
    }

    private static string Machine(ResultDocument document) => $"{document.Machine.Cores} cores of {document.Machine.Cpu}";

    private static string Workload(ResultDocument document)
    {
        var workload = document.Workload;
        var rate = workload.Rate is { } perSecond ? $" {Format.Number(perSecond)}/s" : "";
        return $"{workload.Name} ({workload.Model}{rate}, {workload.Connections} connections, "
            + $"{Format.Number(workload.Packets)} packets of {Format.Number(workload.Shares)})";
    }

    private static string Parts(ResultDocument document) => $"{document.Target.Store}, {document.Target.Bus}, {document.Target.Ledger}";

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
