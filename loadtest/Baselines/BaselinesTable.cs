using System.Text;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The table of a comparison in Markdown.</summary>
internal static class BaselinesTable
{
    public static string Of(BaselinesDocument document)
    {
        Victim[] victims = [.. document.Baselines.SelectMany(result => result.Killed.Keys).Distinct().Order()];
        string[] heads =
        [
            "way", "wins/s", "p50", "p99", "CPU per grab", "nothing killed", .. victims.Select(victim => $"{NameOf(victim)} killed"),
            "report or ledger",
        ];
        string[][] rows =
        [
            heads, [.. heads.Select((_, n) => n is 0 or > 4 ? "---" : "--:")], .. document.Baselines.Select(result => Row(result, victims)),
        ];
        var widths = heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
        text.Append('\n').Append(Notes(document));
        return text.ToString();
    }

    /// <summary>The name of what is killed.</summary>
    public static string NameOf(Victim victim) => victim switch
    {
        Victim.Broker => "broker",
        Victim.Database => "database",
        _ => "service",
    };

    private static string[] Row(BaselineResult result, IEnumerable<Victim> victims) =>
    [
        result.Name,
        .. Measured(result),
        result.Loss?.ToString() ?? "-",
        .. victims.Select(victim => result.Killed.TryGetValue(victim, out var loss) ? loss.ToString() : $"no {NameOf(victim)}"),
        result.LedgerState,
    ];

    private static string[] Measured(BaselineResult result)
    {
        if (result.Intervals == 0)
            return ["-", "-", "-", "-"];
        var parts = string.Join(", ", result.CpuPerGrabUs.Select(part => $"{part.Key} {part.Value:0}"));
        return
        [
            Format.Number(Math.Round(result.WinsPerSecond)), Format.Time(result.P50Ms), Format.Time(result.P99Ms),
            $"{Format.Time(result.CpuUs / 1000)} ({parts})",
        ];
    }

    private static string Notes(BaselinesDocument document)
    {
        var machine = document.Machine;
        var notes = $"{machine.Cpu}, {machine.Cores} cores, {machine.Runtime}, {Format.Time(document.DurationS * 1000)} per round, "
            + $"{Format.Number(document.Packets)} packets of {Format.Number(document.Shares)} shares, {document.Connections} connections, "
            + "Redis appendfsync everysec, SQLite synchronous FULL, PostgreSQL synchronous_commit on.\n";
        if (Machine.IsDebugBuild)
            notes += "This is a Debug build, so its figures mean nothing.\n";
        foreach (var result in document.Baselines.Where(result => result.Failed > 0 && result.Failures.Count > 0))
        {
            var first = result.Failures[0].What;
            notes += $"{result.Name}: {Format.Number(result.Failed)} grabs failed or were refused, first: {first}\n";
        }
        return document.Interrupted ? notes + "Interrupted before all rounds were measured.\n" : notes;
    }
}
