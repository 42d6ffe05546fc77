using System.Text;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The table of a comparison in Markdown.</summary>
internal static class BaselinesTable
{
    private static readonly string[] s_heads =
        ["baseline", "wins/s", "p50", "p99", "CPU per grab", "nothing killed", "broker killed", "report or ledger"];

    public static string Of(BaselinesDocument document)
    {
        string[][] rows = [s_heads, [.. s_heads.Select((_, n) => n is 0 or > 4 ? "---" : "--:")], .. document.Baselines.Select(Row)];
        var widths = s_heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
        text.Append('\n').Append(Notes(document));
        return text.ToString();
    }

    private static string[] Row(BaselineResult baseline) =>
    [
        $"({baseline.Letter}) {baseline.Name}",
        .. Measured(baseline),
        baseline.Loss?.ToString() ?? "-",
        baseline.Killed?.ToString() ?? (Baseline.HasBroker(baseline.Letter) ? "not killed" : "no broker"),
        baseline.LedgerState,
    ];

    private static string[] Measured(BaselineResult baseline)
    {
        if (baseline.Intervals == 0)
            return ["-", "-", "-", "-"];
        var parts = string.Join(", ", baseline.CpuPerGrabUs.Select(part => $"{part.Key} {part.Value:0}"));
        return
        [
            Format.Number(Math.Round(baseline.WinsPerSecond)), Format.Time(baseline.P50Ms), Format.Time(baseline.P99Ms),
            $"{Format.Time(baseline.CpuUs / 1000)} ({parts})",
        ];
    }

    private static string Notes(BaselinesDocument document)
    {
        var machine = document.Machine;
        var notes = $"{machine.Cpu}, {machine.Cores} cores, {machine.Runtime}, {Format.Time(document.DurationS * 1000)} per round, "
            + $"{document.Packets} packets, {document.Connections} connections, Redis appendfsync everysec, SQLite synchronous FULL.\n";
        if (Machine.IsDebugBuild)
            notes += "This is a Debug build, so its figures mean nothing.\n";
        foreach (var baseline in document.Baselines.Where(baseline => baseline.Failed > 0 && baseline.Failures.Count > 0))
        {
            var first = baseline.Failures[0].What;
            notes += $"({baseline.Letter}) {Format.Number(baseline.Failed)} grabs failed or were refused, first: {first}\n";
        }
        return document.Interrupted ? notes + "Interrupted before all rounds were measured.\n" : notes;
    }
}
