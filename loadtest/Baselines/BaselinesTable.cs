using System.Text;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The one table of a comparison, in Markdown: for the eye and for a README.</summary>
internal static class BaselinesTable
{
    private static readonly string[] s_heads = ["way", "wins/s", "p50", "p99", "CPU per grab", "nothing killed", "broker killed", "report or ledger"];

    public static string Of(BaselinesDocument document)
    {
        string[][] rows = [s_heads, [.. s_heads.Select((_, n) => n is 0 or > 4 ? "---" : "--:")], .. document.Ways.Select(Row)];
        var widths = s_heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
        text.Append('\n').Append(Notes(document));
        return text.ToString();
    }

    private static string[] Row(BaselineResult way) =>
    [
        $"({way.Letter}) {way.Name}",
        way.Turns == 0 ? "-" : Format.Number(Math.Round(way.WinsPerSecond)),
        way.Turns == 0 ? "-" : Format.Time(way.P50Ms),
        way.Turns == 0 ? "-" : Format.Time(way.P99Ms),
        way.Turns == 0 ? "-" : $"{Format.Time(way.CpuUs / 1000)} ({string.Join(", ", way.CpuPerGrabUs.Select(part => $"{part.Key} {part.Value:0}"))})",
        way.Loss?.ToString() ?? "-",
        way.Killed?.ToString() ?? (Baseline.HasBroker(way.Letter) ? "not killed" : "has none"),
        way.Books,
    ];

    private static string Notes(BaselinesDocument document)
    {
        var machine = document.Machine;
        var notes = $"{machine.Cpu}, {machine.Cores} cores, {machine.Runtime}; {Format.Time(document.DurationS * 1000)} a turn, {document.Packets} packets, {document.Connections} connections, "
            + "Redis appendfsync everysec, SQLite synchronous FULL.\n";
        if (Machine.IsDebugBuild)
            notes += "A Debug build: these figures say nothing.\n";
        foreach (var way in document.Ways.Where(way => way.Failed > 0 && way.Failures.Count > 0))
            notes += $"({way.Letter}) {Format.Number(way.Failed)} grabs failed or were refused, first of all: {way.Failures[0].What}\n";
        return document.Interrupted ? notes + "Interrupted: not all turns were taken.\n" : notes;
    }
}
