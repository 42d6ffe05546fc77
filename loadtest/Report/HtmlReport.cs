using System.Globalization;
using System.Net;
using System.Text;

namespace RedPacket.LoadTest.Report;

/// <summary>
/// A run as one offline page for light and dark and for phones. Text from outside never becomes markup.
/// </summary>
internal static class HtmlReport
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1c1917;--dim:#78716c;--rule:#e7e5e4;--back:#fafaf9;--card:#fff}
        :root{--good:#059669;--bad:#dc2626;--warn:#b45309}
        @media (prefers-color-scheme:dark){
        :root{--ink:#f5f5f4;--dim:#a8a29e;--rule:#3f3b38;--back:#0c0a09;--card:#1c1917}
        :root{--good:#34d399;--bad:#f87171;--warn:#fbbf24}}
        *{box-sizing:border-box}body{margin:0;padding:1.2rem;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:76rem;margin:auto}h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:0 0 .6rem}p{margin:.3rem 0}
        .dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem;margin:1rem 0}
        .card{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:1rem;overflow-x:auto}
        .card svg{width:100%;height:auto;display:block}.card svg.narrow{display:none}.wide{grid-column:1/-1}
        @media (max-width:40rem){.card svg{display:none}.card svg.narrow{display:block}body{padding:.6rem}.card{padding:.7rem}}
        a{color:inherit}
        .plots{grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr))}
        .big{font-size:1.7rem;font-weight:650;line-height:1.2}table{border-collapse:collapse;width:100%}
        td,th{padding:.2rem .6rem .2rem 0;text-align:left;vertical-align:top;font-weight:400}th{color:var(--dim)}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
        code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
        """;

    public static string Of(ResultDocument document)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        Append(html, $"<title>{Text($"RedPacket load test: {document.Workload.Name}, {document.StartedAt}")}</title>");
        Append(html, $"<style>{Style}{Plot.Style}</style></head><body><main>");
        Head(html, document);
        Cards(html, document);
        html.Append("<div class=\"cards plots\">");
        foreach (var (_, plot) in Plots.All(document))
            html.Append("<div class=\"card\">").Append(plot.ToSvg(withStyle: false)).Append(plot.ToSvg(withStyle: false, Plot.Narrow))
                .Append("</div>");
        html.Append("</div><div class=\"cards\">");
        Latencies(html, document);
        Outcomes(html, document);
        Processors(html, document);
        Rounds(html, document);
        Conditions(html, document);
        return html.Append("</div></main></body></html>\n").ToString();
    }

    private static void Head(StringBuilder html, ResultDocument document)
    {
        var (word, reason) = Ending.Of(document);
        var colour = word switch { Ending.Passed => "good", Ending.Interrupted => "warn", _ => "bad" };
        Append(html, $"<h1>RedPacket load test <span class=\"{colour}\">{word}</span></h1>");
        if (reason.Length > 0)
            Append(html, $"<p class=\"{colour}\">{Text(reason)}</p>");
        Append(html, $"<p class=\"dim\">{Text(document.StartedAt)} · {Text(document.Workload.Name)} · seed {document.Seed} · ");
        Append(html, $"{Text(document.Target.Version)} · <a download=\"result.json\" href=\"{Download(document)}\">result.json</a></p>");
        foreach (var threshold in document.Thresholds)
        {
            Append(html, $"<p><span class=\"{(threshold.Holds ? "good\">✓" : "bad\">✗")}</span> ");
            Append(html, $"<code>{Text(threshold.Text)}</code> <span class=\"dim\">{Text(threshold.Value)}</span></p>");
        }
        foreach (var warning in document.Warnings)
            Append(html, $"<p class=\"warn\">! {Text(warning)}</p>");
    }

    private static void Cards(StringBuilder html, ResultDocument document)
    {
        html.Append("<div class=\"cards\">");
        var (throughput, latency) = (document.Throughput, document.Latency);
        Card(html, "won", $"{Format.Number(throughput.Won)}/s", $"{Format.Number(throughput.Answers)}/s answered");
        Card(html, "latency p99", Format.Time(latency.P99Ms), $"p50 {Format.Time(latency.P50Ms)}, max {Format.Time(latency.MaxMs)}");
        if (document.Lag is { } lag)
        {
            var source = lag.Source == "ledger" ? "each share, from the ledger" : "oldest entry, from the service";
            Card(html, "lag to the ledger p99", Format.Time(lag.P99Ms), source);
        }
        if (Metric.CpuPerGrabMs(document) is { } cpu)
            Card(html, "CPU per grab", Format.Time(cpu), "all processes of the service");
        if (document.Noop is { } noop)
        {
            var ratio = noop.Ratio.ToString("0.00", CultureInfo.InvariantCulture);
            Card(html, "fraction of the no-op rate", ratio, $"the no-op endpoint answers {Format.Number(noop.AnswersPerSecond)}/s");
        }
        if (document.Money is { } money)
            Card(html, "money", document.Verdict?.Word ?? "no verdict",
                $"{Summary.Won(document, money)}, kept {Format.Number(money.Kept)}, lost {Format.Number(money.Lost)}, "
                + $"duplicated {Format.Number(money.Duplicated)}, unexpected {Format.Number(money.Unexpected)}, "
                + $"against the {money.Against}");
        html.Append("</div>");
    }

    private static void Card(StringBuilder html, string name, string value, string detail)
    {
        Append(html, $"<div class=\"card\"><div class=\"dim\">{Text(name)}</div><div class=\"big\">{Text(value)}</div>");
        Append(html, $"<div class=\"dim\">{Text(detail)}</div></div>");
    }

    private static void Latencies(StringBuilder html, ResultDocument document)
    {
        (string Name, Func<LatencyFacts, double> Of)[] rows =
        [
            ("p50", l => l.P50Ms), ("p75", l => l.P75Ms), ("p90", l => l.P90Ms), ("p95", l => l.P95Ms), ("p99", l => l.P99Ms),
            ("p99.9", l => l.P999Ms), ("p99.99", l => l.P9999Ms), ("max", l => l.MaxMs), ("mean", l => l.MeanMs),
        ];
        List<(string Name, LatencyFacts Of)> columns = [("from due", document.Latency), ("from sending", document.Service)];
        if (document.Corrected is { } corrected)
            columns.Add(("corrected", corrected));
        Table(html, "Latency", ["", .. columns.Select(column => column.Name)],
        [
            .. rows.Select(row => (string[])[row.Name, .. columns.Select(column => Format.Time(row.Of(column.Of)))]),
            ["answers", .. columns.Select(column => Format.Number(column.Of.Count))],
        ]);
    }

    private static void Outcomes(StringBuilder html, ResultDocument document)
    {
        var outcomes = document.Outcomes;
        (string Name, long Count)[] rows =
        [
            ("won", outcomes.Won), ("replayed", outcomes.Replayed), ("emptied", outcomes.Emptied), ("expired", outcomes.Expired),
            ("refused (503, 429)", outcomes.Refused), ("failed", outcomes.Failed),
            ("late (more than 10 ms)", outcomes.Late), ("late because of the generator", outcomes.LateByGenerator),
            ("dropped", outcomes.Dropped),
        ];
        Table(html, "Outcomes", ["", "grabs", "fraction"], [.. rows.Select(row => new[]
        {
            row.Name, Format.Number(row.Count), outcomes.Answers == 0 ? "" : Format.Percent((double)row.Count / outcomes.Answers),
        })]);
        if (document.Failures.Count > 0)
            Table(html, "Refusals and failures", ["", "count", "first answer"], [.. document.Failures.Select(failure => new[]
            {
                failure.What, Format.Number(failure.Count), failure.Sample,
            })]);
        if (document.Money is { Evidence.Count: > 0 } money)
            Table(html, "Money that does not balance", [""], [.. money.Evidence.Select(evidence => new[] { evidence })]);
    }

    private static void Processors(StringBuilder html, ResultDocument document) =>
        Table(html, "CPU seconds by stage", ["", "send", "grab", "drain", "per grab"], [.. document.Processes.Select(process => new[]
        {
            process.Name, Seconds(process.SendS), Seconds(process.GrabS), Seconds(process.DrainS), $"{Format.Number(process.PerGrabUs)} µs",
        })]);

    private static void Rounds(StringBuilder html, ResultDocument document)
    {
        if (document.Max is { } max)
        {
            string[][] rows = [.. max.Rounds.Select(round => new[]
            {
                Format.Number(round.Rate), Format.Number(round.Achieved), Format.Time(round.P99Ms), Format.Time(round.LagMs),
                round.Held ? "held" : round.Why,
            })];
            Table(html, $"Highest rate that holds: {Format.Number(max.Rate)}/s", ["rate", "answered", "p99", "lag", ""], rows);
        }
    }

    private static void Conditions(StringBuilder html, ResultDocument document)
    {
        var (machine, target, workload) = (document.Machine, document.Target, document.Workload);
        var memory = machine.MemoryGb.ToString("0.#", CultureInfo.InvariantCulture);
        var packets = $"{Format.Number(workload.Packets)} packets of {Format.Number(workload.Shares)}";
        Table(html, "Environment", ["", ""],
        [
            ["command", document.Command], ["machine", $"{machine.Cores} cores, {machine.Cpu}, {memory} GB"],
            ["system", $"{machine.System}, {machine.Runtime}, {machine.Build} build"], ["commit", machine.Commit ?? "unknown"],
            ["service", $"{target.Version} at {string.Join(", ", target.Urls)}{(target.StartedHere ? ", started for this run" : "")}"],
            ["store", target.Store], ["bus", target.Bus], ["ledger", target.Ledger],
            ["workload", $"{workload.Name}: {packets}, {Format.Number(workload.Users)} users by {workload.Callers}"],
            ["arrivals", $"{workload.Model}{workload.RateText}, {Format.Number(workload.Connections)} connections"],
            ["measurement", $"{Format.Time(workload.DurationS * 1000)} after a warm-up of {Format.Time(workload.WarmupS * 1000)}"],
            .. document.Stages.Select(stage => new[] { $"stage {stage.Name}", Format.Time(stage.Seconds * 1000) }),
        ]);
    }

    private static void Table(StringBuilder html, string title, string[] head, IReadOnlyList<string[]> rows)
    {
        var hasNumbers = head.Length > 2;
        Append(html, $"<div class=\"card{(hasNumbers ? "" : " wide")}\"><h2>{Text(title)}</h2><table>");
        Row("th", head);
        foreach (var row in rows)
            Row("td", row);
        html.Append("</table></div>");

        void Row(string tag, string[] cells)
        {
            html.Append("<tr>");
            foreach (var (column, cell) in cells.Index())
                Append(html, $"<{tag}{(hasNumbers && column > 0 ? " class=\"n\"" : "")}>{Text(cell)}</{tag}>");
            html.Append("</tr>");
        }
    }

    private static void Append(StringBuilder html, FormattableString markup) =>
        html.Append(FormattableString.Invariant(markup));

    private static string Seconds(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    /// <summary>The whole result, inside the page. Base64 holds nothing that could be markup.</summary>
    private static string Download(ResultDocument document) =>
        "data:application/json;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(document.ToJson()));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
