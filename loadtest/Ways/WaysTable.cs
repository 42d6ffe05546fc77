using System.Text;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Ways;

/// <summary>The table of a comparison in Markdown.</summary>
internal static class WaysTable
{
    public static string Of(WaysDocument document)
    {
        Victim[] victims = [.. document.Results.SelectMany(result => result.Killed.Keys).Distinct().Order()];
        string[] heads =
        [
            "way", "wins/s", "p50", "p99", "CPU per share", "nothing killed", .. victims.Select(victim => $"{NameOf(victim)} killed"),
            "report or ledger",
        ];
        string[][] rows =
        [
            heads, [.. heads.Select((_, n) => n is 0 or > 4 ? "---" : "--:")], .. document.Results.Select(result => Row(result, victims)),
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

    private static string[] Row(WayResult result, IEnumerable<Victim> victims) =>
    [
        result.Name,
        .. Measured(result),
        result.Loss?.ToString() ?? "-",
        .. victims.Select(victim => Killed(result, victim)),
        result.LedgerState,
    ];

    private static string Killed(WayResult result, Victim victim) => result.Killed.TryGetValue(victim, out var killed)
        ? $"{killed.Loss}, {Rate(killed.WinsPerSecond)} ({Rate(killed.SlowestWinsPerSecond)} in the slowest second), "
            + $"done after {Format.Time(killed.DoneAfterS * 1000)}"
        : Way.All.Single(way => way.Key == result.Way).Has(victim) ? "not measured" : $"no {NameOf(victim)}";

    private static string Rate(double winsPerSecond) => $"{Format.Number(Math.Round(winsPerSecond))}/s";

    private static string[] Measured(WayResult result)
    {
        if (result.Intervals == 0)
            return ["-", "-", "-", "-"];
        var parts = string.Join(", ", result.CpuPerShareUs.Select(part => $"{part.Key} {part.Value:0}"));
        return
        [
            Format.Number(Math.Round(result.WinsPerSecond)), Format.Time(result.P50Ms), Format.Time(result.P99Ms),
            $"{Format.Time(result.CpuUs / 1000)} ({parts})",
        ];
    }

    private static string Notes(WaysDocument document)
    {
        var machine = document.Machine;
        var notes = $"{machine.Cpu}, {machine.Cores} cores, {machine.Runtime}, {Format.Time(document.DurationS * 1000)} per round, "
            + $"{Format.Number(document.Packets)} packets of {Format.Number(document.Shares)} shares, {document.Connections} connections, "
            + $"Redis appendfsync {document.Fsync}, SQLite synchronous FULL, PostgreSQL synchronous_commit on.\n";
        if (Machine.IsDebugBuild)
            notes += "This is a Debug build, so its figures mean nothing.\n";
        foreach (var result in document.Results.Where(result => result.Failed > 0 && result.Failures.Count > 0))
        {
            var first = result.Failures[0].What;
            notes += $"{result.Name}: {Format.Number(result.Failed)} grabs failed or were refused, first: {first}\n";
        }
        foreach (var result in document.Results.Where(result => result.Intervals > 0 && result.OtherAnswers > 0.01))
            notes += $"{result.Name}: {result.OtherAnswers:P0} of the answers won nothing. Its time per share contains them.\n";
        foreach (var result in document.Results.Where(result => result.Error is not null))
            notes += $"{result.Name}, {result.Error}\n";
        return document.Interrupted ? notes + "Interrupted before all rounds were measured.\n" : notes;
    }
}
