using System.Globalization;
using RedPacket.LoadTest.Verification;
using Spectre.Console;

namespace RedPacket.LoadTest.Report;

/// <summary>A run on one screen, with the thresholds first.</summary>
internal static class Summary
{
    /// <summary>Writes the summary. The console decides about colours.</summary>
    public static void Write(IAnsiConsole console, ResultDocument document)
    {
        console.WriteLine();
        Thresholds(console, document);
        var lines = Lines(document).ToArray();
        var width = console.Profile.Width - lines.Max(line => line.Name.Length) - 2;
        var grid = new Grid().AddColumn(new GridColumn().PadRight(2).NoWrap()).AddColumn(new GridColumn().PadRight(0));
        foreach (var (name, text) in lines)
            grid.AddRow(new Markup($"[grey]{Markup.Escape(name)}[/]"), new Markup(Wrapping.Of(text, width)));
        console.Write(grid);
        foreach (var warning in document.Warnings)
            Line(console, $"[yellow]! {Markup.Escape(warning)}[/]");
        foreach (var evidence in document.Money?.Evidence.Take(5) ?? [])
            Line(console, $"[red]✗ {Markup.Escape(evidence)}[/]");
        foreach (var failure in document.Failures.Take(3))
        {
            var sample = Markup.Escape(Cut(failure.Sample, 120));
            Line(console, $"[yellow]{Format.Number(failure.Count)} x {Markup.Escape(failure.What)}[/][grey] {sample}[/]");
        }
        console.WriteLine();
        Line(console, End(document));
    }

    private static void Line(IAnsiConsole console, string markup) =>
        console.MarkupLine(Wrapping.Of(markup, console.Profile.Width));

    private static void Thresholds(IAnsiConsole console, ResultDocument document)
    {
        foreach (var threshold in document.Thresholds)
        {
            var (mark, colour) = threshold.Holds ? ("[green]✓[/]", "grey") : ("[red]✗[/]", "red");
            console.MarkupLine($"{mark} {Markup.Escape(threshold.Text),-28} [{colour}]{Markup.Escape(threshold.Value)}[/]");
        }
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
            yield return ("lag to ledger", Lag(lag));
        if (document.Drain is { } drain)
            yield return ("drain", Drain(drain));
        if (document.Processes.Count > 0)
            yield return ("CPU per grab", Processors(document));
        if (document.Noop is { } noop)
            yield return ("no-op", Noop(noop));
        if (document.Max is { } max)
            yield return ("highest rate", $"[bold]{Format.Number(max.Rate)}/s[/] with p99 within {Format.Time(max.P99LimitMs)} "
                + $"and lag within {Format.Time(max.LagLimitMs)} [grey]({max.Rounds.Count} rounds)[/]");
        yield return ("money", Money(document));
        if (document.Workload.SendsPerSecond > 0)
            yield return ("sends", Escaped($"{Packets(document.Workload)}, at {Format.Number(document.Workload.SendsPerSecond)}/s"));
        yield return ("workload", Escaped(Workload(document)));
        var (target, machine) = (document.Target, document.Machine);
        yield return ("service", Escaped($"{target.Version}, {target.Store}, {target.Bus}, {target.Ledger}"));
        yield return ("machine", Escaped($"{machine.Cores} cores, {machine.Cpu}, {machine.Runtime}, commit {machine.Commit ?? "unknown"}"));
    }

    private static string Lag(LagFacts lag)
    {
        var source = lag.Source == "ledger" ? "each share, from the ledger" : "oldest entry once a second, from the service";
        return $"p50 [bold]{Format.Time(lag.P50Ms)}[/]  p99 [bold]{Format.Time(lag.P99Ms)}[/]  "
            + $"max {Format.Time(lag.MaxMs)}  [grey]{source}[/]";
    }

    private static string Drain(DrainFacts drain)
    {
        var time = Format.Time(drain.Seconds * 1000);
        return drain.Done ? $"[bold]{time}[/] until everything was in the ledger" : $"[red]not complete after {time}[/]";
    }

    private static string Noop(NoopFacts noop) =>
        $"{Format.Number(noop.AnswersPerSecond)}/s, p99 {Format.Time(noop.P99Ms)}, {Format.Number(noop.CpuPerCallUs)} µs of CPU per call, "
        + $"the service has [bold]{noop.Ratio.ToString("0.00", CultureInfo.InvariantCulture)}[/] of this rate";

    private static string Workload(ResultDocument document)
    {
        var workload = document.Workload;
        return $"{workload.Name}: {Format.Number(workload.Packets)} packets of {Format.Number(workload.Shares)}, "
            + $"{Format.Number(workload.Users)} users, {Model(workload)}, seed {document.Seed}";
    }

    private static string Packets(WorkloadFacts workload)
    {
        var warmup = workload.WarmupPackets > 0 ? $" and {Format.Number(workload.WarmupPackets)} for the warm-up" : "";
        return $"{Format.Number(workload.Packets)} packets{warmup}";
    }

    private static string Rates(ResultDocument document)
    {
        var (throughput, workload) = (document.Throughput, document.Workload);
        return $"[bold]{Format.Number(throughput.Answers)}[/]/s answered, [bold]{Format.Number(throughput.Won)}[/]/s won, "
            + $"for {Format.Time(workload.DurationS * 1000)}";
    }

    private static string Outcomes(OutcomeFacts outcomes)
    {
        (string Name, long Count, string Colour)[] all =
        [
            ("won", outcomes.Won, "green"), ("replayed", outcomes.Replayed, "default"), ("emptied", outcomes.Emptied, "default"),
            ("expired", outcomes.Expired, "default"), ("refused", outcomes.Refused, "yellow"), ("failed", outcomes.Failed, "red"),
            ("late", outcomes.Late, "yellow"), ("dropped", outcomes.Dropped, "red"),
        ];
        var shown = all.Where(outcome => outcome.Count > 0 || outcome.Name is "won" or "refused" or "failed");
        return string.Join("  ", shown.Select(outcome =>
            $"[{(outcome.Count > 0 ? outcome.Colour : "grey")}]{outcome.Name} {Format.Number(outcome.Count)}[/]"));
    }

    private static string Latency(LatencyFacts latency) =>
        $"p50 [bold]{Format.Time(latency.P50Ms)}[/]  p90 {Format.Time(latency.P90Ms)}  p99 [bold]{Format.Time(latency.P99Ms)}[/]  "
        + $"p99.9 {Format.Time(latency.P999Ms)}  p99.99 {Format.Time(latency.P9999Ms)}  max {Format.Time(latency.MaxMs)}  "
        + $"[grey]of {Format.Number(latency.Count)}[/]";

    private static string Processors(ResultDocument document)
    {
        var service = document.Processes.Where(process => !process.IsGenerator)
            .Select(process => $"{Markup.Escape(process.Name)} [bold]{Format.Number(process.PerGrabUs)}[/] µs");
        var generator = document.Processes.Where(process => process.IsGenerator)
            .Select(process => $"[grey]generator {Format.Number(process.PerGrabUs)} µs[/]");
        return string.Join("  ", service.Concat(generator));
    }

    private static string Money(ResultDocument document)
    {
        if (document.Money is not { } money)
            return "[red]not compared[/]";
        var colour = document.IsBalanced ? "green" : "red";
        var against = money.Against == "ledger" ? "the ledger, share by share" : "the service's pages";
        (string Name, long Count)[] differences =
        [
            ("lost", money.Lost), ("duplicated", money.Duplicated), ("unexpected", money.Unexpected), ("contradicted", money.Contradicted),
        ];
        var counts = differences.Select(difference => difference.Count > 0
            ? $"[red]{difference.Name} {Format.Number(difference.Count)}[/]"
            : $"{difference.Name} 0");
        return $"[{colour}]{document.Verdict?.Word ?? "no verdict"}[/]  {Won(document, money)}  kept {Format.Number(money.Kept)}  "
            + $"{string.Join("  ", counts)}  [grey]against {against}[/]";
    }

    /// <summary>The won shares in words, those of the warm-up apart.</summary>
    public static string Won(ResultDocument document, MoneyCheck money)
    {
        if (money.WarmupWon == 0)
            return $"won {Format.Number(money.Won)}";
        var measured = document.Max is null ? "measured" : "rounds";
        return $"warm-up {Format.Number(money.WarmupWon)} + {measured} {Format.Number(money.Won - money.WarmupWon)} "
            + $"= {Format.Number(money.Won)} shares";
    }

    private static string Model(WorkloadFacts workload) => workload.Model switch
    {
        "closed" => $"closed with {Format.Number(workload.Connections)} connections",
        "waves" => $"waves of {Format.Number(workload.Users)} at the same instant",
        "max" => $"open with rate search, {Format.Number(workload.Connections)} connections",
        _ => $"open{workload.RateText}, {Format.Number(workload.Connections)} connections",
    };

    private static string End(ResultDocument document)
    {
        var (word, reason) = Ending.Of(document);
        var colour = word switch { Ending.Passed => "green", Ending.Interrupted => "yellow", _ => "red" };
        return $"[{colour}][bold]{word}[/] {Markup.Escape(reason)}[/]";
    }

    private static string Escaped(string text) => $"[grey]{Markup.Escape(text)}[/]";

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most] + "…";
}
