using System.Text;

namespace RedPacket.LoadTest.Report;

/// <summary>Compares two runs metric by metric, with differences in percent.</summary>
internal static class MetricDifference
{
    private static readonly string[] s_shown =
    [
        "rate", "won.rate", "max.rate", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max", "service.p50", "service.p99", "lag.p50",
        "lag.p99", "drain", "cpu", "noop.ratio", "won", "emptied", "refused", "failed", "late", "dropped", "lost", "duplicated",
        "unexpected", "verdict",
    ];

    /// <summary>
    /// A table of both results. Lines above it warn about differences that make the results hard to compare.
    /// </summary>
    /// <param name="noise">Changes up to so many percent have no mark.</param>
    public static string Of(ResultDocument a, ResultDocument b, string nameA, string nameB, double noise)
    {
        var text = new StringBuilder();
        foreach (var caveat in Caveats(a, b, nameA, nameB))
            text.Append("! ").AppendLine(caveat);
        List<string[]> rows = [["", nameA, nameB, "difference", ""]];
        foreach (var change in s_shown.Select(name => MetricChange.Of(Metric.Find(name)!, a, b)).Where(change => change.IsMeasured))
        {
            var metric = change.Metric;
            rows.Add([metric.Name, metric.Text(change.First), metric.Text(change.Second), change.PercentText, change.Mark(noise)]);
        }
        var widths = Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[0]) : column == 4 ? cell : cell.PadLeft(widths[column]));
            text.AppendLine(string.Join("  ", cells).TrimEnd());
        }
        return text.ToString();
    }

    private static IEnumerable<string> Caveats(ResultDocument a, ResultDocument b, string nameA, string nameB)
    {
        if (a.Machine.Cpu != b.Machine.Cpu || a.Machine.Cores != b.Machine.Cores)
            yield return $"Different machines: {Machine(a)} and {Machine(b)}.";
        if (Compared(a.Workload) != Compared(b.Workload))
            yield return $"Different workloads: {Workload(a)} and {Workload(b)}.";
        if (a.Target.Store != b.Target.Store || a.Target.Bus != b.Target.Bus || a.Target.Ledger != b.Target.Ledger)
            yield return $"Different parts: ({Parts(a)}) and ({Parts(b)}).";
        if (a.Machine.Build != "Release" || b.Machine.Build != "Release")
            yield return "At least one result is of a Debug build, whose figures mean nothing.";
        foreach (var (document, name) in new[] { (a, nameA), (b, nameB) })
        {
            if (document.Exit != 0)
                yield return $"The run of {name} did not pass: exit code {document.Exit}.";
        }
    }

    private static WorkloadFacts Compared(WorkloadFacts workload) =>
        workload with { SendsPerSecond = 0, DurationS = 0, WarmupPackets = 0 };

    private static string Machine(ResultDocument document) =>
        $"{document.Machine.Cores} cores of {document.Machine.Cpu}";

    private static string Workload(ResultDocument document)
    {
        var workload = document.Workload;
        return $"{workload.Name} ({workload.Model}{workload.RateText}, {workload.Connections} connections, "
            + $"{Format.Number(workload.Packets)} packets of {Format.Number(workload.Shares)})";
    }

    private static string Parts(ResultDocument document) =>
        $"{document.Target.Store}, {document.Target.Bus}, {document.Target.Ledger}";
}
