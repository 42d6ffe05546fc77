using System.Globalization;
using Spectre.Console;

namespace RedPacket.LoadTest.Report;

/// <summary>A run on one screen: what was promised first, then what happened.</summary>
internal static class Summary
{
    /// <summary>Writes it; colours are the console's affair.</summary>
    public static void Write(IAnsiConsole console, ResultDocument document)
    {
        console.WriteLine();
        Thresholds(console, document);
        var grid = new Grid().AddColumn(new GridColumn().PadRight(2).NoWrap()).AddColumn(new GridColumn().PadRight(0));
        foreach (var (name, text) in Lines(document))
            grid.AddRow(new Markup($"[grey]{Markup.Escape(name)}[/]"), new Markup(text));
        console.Write(grid);
        foreach (var warning in document.Warnings)
            console.MarkupLine($"[yellow]! {Markup.Escape(warning)}[/]");
        foreach (var evidence in document.Money?.Evidence.Take(5) ?? [])
            console.MarkupLine($"[red]✗ {Markup.Escape(evidence)}[/]");
        foreach (var failure in document.Failures.Take(3))
            console.MarkupLine($"[yellow]{Format.Number(failure.Count)} x {Markup.Escape(failure.What)}[/][grey] {Markup.Escape(Cut(failure.Sample, 120))}[/]");
        console.WriteLine();
        console.MarkupLine(End(document));
    }

    private static void Thresholds(IAnsiConsole console, ResultDocument document)
    {
        foreach (var threshold in document.Thresholds)
            console.MarkupLine($"{(threshold.Holds ? "[green]✓[/]" : "[red]✗[/]")} {Markup.Escape(threshold.Text),-28} [{(threshold.Holds ? "grey" : "red")}]{Markup.Escape(threshold.Value)}[/]");
        console.WriteLine();
    }

    private static IEnumerable<(string Name, string Text)> Lines(ResultDocument document)
    {
        yield return ("grabs", Rates(document));
        yield return ("outcomes", Outcomes(document.Outcomes));
        yield return ("latency", Latency(document.Latency));
        if (document.Corrected is { } corrected)
            yield return ("corrected", Latency(corrected));
        if (document.Workload.Model != "closed")
            yield return ("service time", Latency(document.Service));
        if (document.Lag is { } lag)
            yield return ("lag to ledger", $"p50 [bold]{Format.Time(lag.P50Ms)}[/]  p99 [bold]{Format.Time(lag.P99Ms)}[/]  max {Format.Time(lag.MaxMs)}  [grey]{LagSource(lag)}[/]");
        if (document.Drain is { } drain)
            yield return ("drain", drain.Done ? $"[bold]{Format.Time(drain.Seconds * 1000)}[/] until everything was in the ledger" : $"[red]not done after {Format.Time(drain.Seconds * 1000)}[/]");
        if (document.Processes.Count > 0)
            yield return ("CPU per grab", Processors(document));
        if (document.Noop is { } noop)
            yield return ("no-op", $"{Format.Number(noop.AnswersPerSecond)}/s, p99 {Format.Time(noop.P99Ms)}, {Format.Number(noop.CpuPerCallUs)} µs of CPU each: "
                + $"ours is [bold]{noop.Ratio.ToString("0.00", CultureInfo.InvariantCulture)}[/] of it");
        if (document.Max is { } max)
            yield return ("highest rate", $"[bold]{Format.Number(max.Rate)}/s[/] with p99 within {Format.Time(max.P99LimitMs)} "
                + $"and lag within {Format.Time(max.LagLimitMs)} [grey]({max.Rounds.Count} rounds)[/]");
        yield return ("money", Money(document));
        yield return ("workload", Escaped($"{document.Workload.Name}: {Format.Number(document.Workload.Packets)} packets of {Format.Number(document.Workload.Shares)}, "
            + $"{Format.Number(document.Workload.Users)} users, {Model(document.Workload)}, seed {document.Seed}"));
        yield return ("service", Escaped($"{document.Target.Version}; {document.Target.Store}; {document.Target.Bus}; {document.Target.Ledger}"));
        yield return ("machine", Escaped($"{document.Machine.Cores} cores, {document.Machine.Cpu}, {document.Machine.Runtime}, commit {document.Machine.Commit ?? "unknown"}"));
    }

    private static string Rates(ResultDocument document)
    {
        var throughput = document.Throughput;
        var sends = document.Workload.SendsPerSecond > 0 ? $"  [grey]sent before at {Format.Number(document.Workload.SendsPerSecond)} packets/s[/]" : "";
        return $"[bold]{Format.Number(throughput.Answers)}[/]/s answered, [bold]{Format.Number(throughput.Won)}[/]/s won, for {Format.Time(document.Workload.DurationS * 1000)}{sends}";
    }

    private static string Outcomes(OutcomeFacts outcomes)
    {
        (string Name, long Count, string Colour)[] all =
        [
            ("won", outcomes.Won, "green"), ("asked again", outcomes.Replayed, "default"), ("emptied", outcomes.Emptied, "default"), ("expired", outcomes.Expired, "default"),
            ("refused", outcomes.Refused, "yellow"), ("failed", outcomes.Failed, "red"), ("late", outcomes.Late, "yellow"), ("dropped", outcomes.Dropped, "red"),
        ];
        var shown = all.Where(outcome => outcome.Count > 0 || outcome.Name is "won" or "refused" or "failed");
        return string.Join("  ", shown.Select(outcome => $"[{(outcome.Count > 0 ? outcome.Colour : "grey")}]{outcome.Name} {Format.Number(outcome.Count)}[/]"));
    }

    private static string Latency(LatencyFacts latency) =>
        $"p50 [bold]{Format.Time(latency.P50Ms)}[/]  p90 {Format.Time(latency.P90Ms)}  p99 [bold]{Format.Time(latency.P99Ms)}[/]  "
        + $"p99.9 {Format.Time(latency.P999Ms)}  p99.99 {Format.Time(latency.P9999Ms)}  max {Format.Time(latency.MaxMs)}  [grey]of {Format.Number(latency.Count)}[/]";

    private static string LagSource(LagFacts lag) => lag.Source == "ledger" ? "each share's, from the ledger" : "oldest entry, once a second, as the service tells it";

    private static string Processors(ResultDocument document)
    {
        var service = document.Processes.Where(process => !process.IsGenerator).Select(process => $"{Markup.Escape(process.Name)} [bold]{Format.Number(process.PerGrabUs)}[/] µs");
        var generator = document.Processes.Where(process => process.IsGenerator).Select(process => $"[grey]generator {Format.Number(process.PerGrabUs)} µs[/]");
        return string.Join("  ", service.Concat(generator));
    }

    private static string Money(ResultDocument document)
    {
        if (document.Money is not { } money)
            return "[red]not compared[/]";
        var colour = document.IsBalanced ? "green" : "red";
        var witness = money.Against == "ledger" ? "the ledger, share by share" : "the service's own pages";
        return $"[{colour}]{document.Verdict?.Word ?? "no verdict"}[/]  [grey]record against {witness}:[/] won {Format.Number(money.Won)}, kept {Format.Number(money.Kept)}, "
            + string.Join(", ", new[] { ("lost", money.Lost), ("duplicated", money.Duplicated), ("unexpected", money.Unexpected), ("contradicted", money.Contradicted) }
                .Select(wrong => wrong.Item2 > 0 ? $"[red]{wrong.Item1} {Format.Number(wrong.Item2)}[/]" : $"{wrong.Item1} 0"));
    }

    private static string Model(WorkloadFacts workload) => workload.Model switch
    {
        "closed" => $"closed with {Format.Number(workload.Connections)} connections",
        "waves" => $"waves of {Format.Number(workload.Users)} at the same instant",
        "max" => $"open, rate searched, {Format.Number(workload.Connections)} connections",
        _ => $"open at {Format.Number(workload.Rate ?? 0)}/s, {Format.Number(workload.Connections)} connections",
    };

    private static string End(ResultDocument document) => document.Exit switch
    {
        0 => "[green bold]PASSED[/]",
        105 => "[yellow bold]INTERRUPTED[/]",
        _ when !document.IsBalanced && document.Money is { IsBalanced: true } && document.Verdict?.Word == "CONVERGING" => "[red bold]FAILED[/] [red]the ledger did not catch up in time[/]",
        _ when !document.IsBalanced => "[red bold]FAILED[/] [red]the money does not balance[/]",
        _ => "[red bold]FAILED[/] [red]a threshold was crossed[/]",
    };

    private static string Escaped(string text) => $"[grey]{Markup.Escape(text)}[/]";

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most] + "…";
}
