using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using RedPacket.Http;
using RedPacket.Ledger.Followers;

namespace RedPacket.Reports;

/// <summary>
/// The report as one plain page: no script, its style inline and named by hash in the policy, every value escaped.
/// </summary>
internal static class ReportHtml
{
    private const string Path = "?format=html";

    private const string Style = """
        :root{color-scheme:light dark;--ink:#1d1d1f;--paper:#fdfcf8;--line:#d8d4c8;--ok:#1a7f37;--wait:#9a6700;--bad:#c1121f;--soft:#f1eee4}
        @media(prefers-color-scheme:dark){:root{--ink:#e8e6e0;--paper:#16161a;--line:#3a3a42;
        """ + """
        --ok:#4ac26b;--wait:#d4a72c;--bad:#ff7b72;--soft:#212127}}
        body{margin:0 auto;max-width:80rem;padding:1.5rem;font:1rem/1.5 system-ui,"Noto Sans CJK SC",sans-serif;
        """ + """
        color:var(--ink);background:var(--paper)}
        h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem 0}a{color:inherit}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        """ + """
        caption{text-align:left;padding:.25rem 0}
        th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}th{background:var(--soft)}
        """ + """
        td.n,th.n{text-align:right;white-space:nowrap}
        code{font-size:.9em;white-space:nowrap}td a,td:last-child{white-space:nowrap}
        """ + """
        .CONSISTENT,.PASS,.settled,.agrees{color:var(--ok)}.CONVERGING,.UNKNOWN,.in_flight{color:var(--wait)}
        .INCONSISTENT,.FAIL,.missing_in_ledger,.orphan_in_ledger,.amount_mismatch,.duplicate,.parked,.drifted,.ahead{color:var(--bad)}
        """ + """
        @media(max-width:48rem){body{padding:1rem}thead{position:absolute;left:-99rem}table,tbody,tr,td{display:block}
        """ + """
        tr{border:1px solid var(--line);border-radius:.5rem;margin:.6rem 0;padding:.3rem .6rem}td{border:0;padding:.15rem 0}
        """ + """
        td.n,td:last-child{text-align:left;white-space:normal}code{white-space:normal;overflow-wrap:anywhere}
        """ + """
        td::before{content:attr(data-label);display:inline-block;min-width:8rem;opacity:.75}}
        @media print{body{max-width:none;padding:0}.scroll{overflow:visible}thead{display:table-header-group}tr{break-inside:avoid}
        """ + """
        h2{break-after:avoid}}
        """;

    /// <summary>Nothing but the page's own style.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Write(ConsistencyReport report, ReportRequest request)
    {
        var page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        page.Append("<meta name=\"viewport\" content=\"width=device-width\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>{report.Verdict} – consistency report</title>");
        page.Append(CultureInfo.InvariantCulture, $"<style>{Style}</style></head><body><main>\n");
        Head(page, report);
        Sums(page, report);
        Rules(page, report);
        Subscribers(page, report.Subscribers ?? []);
        Differences(page, report);
        Accounts(page, report);
        ReportHtmlPages.Write(page, report, request);
        return page.Append("</main></body></html>\n").ToString();
    }

    /// <summary>A link to the report of a packet, or of one claim.</summary>
    public static string Link(string? packetId, int ordinal, string text)
    {
        if (string.IsNullOrEmpty(packetId))
            return Text(text);
        var claim = ordinal > 0 ? string.Create(CultureInfo.InvariantCulture, $"&amp;ordinal={ordinal}") : "";
        var path = Path.Replace("&", "&amp;", StringComparison.Ordinal);
        return $"<a href=\"{path}&amp;packetId={Uri.EscapeDataString(packetId)}{claim}\">{Text(text)}</a>";
    }

    /// <summary>Any value, escaped; a dash for what was not read.</summary>
    public static string Text(object? value) => value switch
    {
        null => "–",
        DateTimeOffset time => WireTime.Text(time),
        _ => HtmlEncoder.Default.Encode(Convert.ToString(value, CultureInfo.InvariantCulture)!),
    };

    /// <summary>A table with a caption; columns whose name begins with # are numbers.</summary>
    public static void Table(StringBuilder page, string title, string[] columns, IEnumerable<string[]> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(title)}</h2><div class=\"scroll\"><table><thead><tr>");
        foreach (var column in columns)
            page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{Number(column)}>{Text(column.TrimStart('#'))}</th>");
        page.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            for (var i = 0; i < columns.Length; i++)
            {
                var label = Text(columns[i].TrimStart('#'));
                page.Append(CultureInfo.InvariantCulture, $"<td data-label=\"{label}\"{Number(columns[i])}>{row[i]}</td>");
            }
            page.Append("</tr>\n");
        }
        page.Append("</tbody></table></div>\n");
    }

    /// <summary>A word in the colour it has everywhere.</summary>
    public static string Status(string? word) => $"<span class=\"{Text(word)}\">{Text(word)}</span>";

    private static string Number(string column) => column.StartsWith('#') ? " class=\"n\"" : "";

    private static void Head(StringBuilder page, ConsistencyReport report)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h1>Consistency: {Status(report.Verdict)}</h1>");
        var scope = report.PacketId is null
            ? "All packets"
            : $"Packet <code>{Text(report.PacketId)}</code>, <a href=\"{Path}\">all packets</a>";
        page.Append(CultureInfo.InvariantCulture, $"<p>{scope}, as of {Text(report.AsOf)}, ");
        page.Append(CultureInfo.InvariantCulture, $"read in {report.TookMs} ms. Totals from: {Text(report.TotalsFrom)}.</p>\n");
        foreach (var reason in report.Reasons)
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(reason)}</p>");
        foreach (var waiting in Figures.Waiting(report))
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(waiting)}</p>");
    }

    private static void Sums(StringBuilder page, ConsistencyReport report)
    {
        var (packets, claims, money) = (report.Packets, report.Claims, report.Money);
        Table(page, "Packets and claims of all time",
            ["#open", "#emptied", "#expired", "#granted", "#settled", "#in flight",
                "#missing", "#orphan", "#mismatch", "#duplicate", "#parked"],
            [[Figures.Count(packets?.Open), Figures.Count(packets?.Emptied), Figures.Count(packets?.Expired), Figures.Count(claims.Granted),
                Figures.Count(claims.Settled), Figures.Count(claims.InFlight), Figures.Count(claims.Missing), Figures.Count(claims.Orphan),
                Figures.Count(claims.Mismatch), Figures.Count(claims.Duplicate), Figures.Count(claims.Parked)]]);
        Table(page, "Money", ["#funded", "#granted", "#refunded", "#left", "#settled", "#in flight", "#adjusted"],
            [[Figures.Yuan(money.FundedFen), Figures.Yuan(money.GrantedFen), Figures.Yuan(money.RefundedFen), Figures.Yuan(money.LeftFen),
                Figures.Yuan(money.SettledFen), Figures.Yuan(money.InFlightFen), Figures.Yuan(report.AdjustedFen)]]);
    }

    private static void Rules(StringBuilder page, ConsistencyReport report) =>
        Table(page, "Rules", ["result", "rule", "#left", "#right", "#difference"], report.Rules.Select(rule => new[]
        {
            Status(rule.Result), $"{Text(rule.Statement)} <code>{Text(rule.Id)}</code>",
            Figures.Side(rule, rule.Left), Figures.Side(rule, rule.Right), Figures.Side(rule, rule.Delta),
        }));

    private static void Subscribers(StringBuilder page, IReadOnlyList<SubscriberLine> subscribers)
    {
        if (subscribers.Count > 0)
        {
            Table(page, "Subscribers",
                ["state", "name", "#position", "#rows behind", "#seconds behind", "#grabs", "#grabs by the ledger", "#granted",
                    "#granted by the ledger", "reported"],
                subscribers.Select(one => new[]
                {
                    Status(one.State), $"<code>{Text(one.Name)}</code>", Figures.Count(one.Position), Figures.Count(one.RowsBehind),
                    Text(one.SecondsBehind), Figures.Count(one.Grabs), Figures.Count(one.LedgerGrabs), Figures.Yuan(one.GrantedFen),
                    Figures.Yuan(one.LedgerGrantedFen), Text(one.ReportedAt),
                }));
        }
    }

    private static void Differences(StringBuilder page, ConsistencyReport report) =>
        Table(page,
            $"Differences: {Figures.Count(report.DifferencesTotal)}, the first {Figures.Count(report.Differences.Count)}",
            ["kind", "entry", "packet", "user", "ordinal", "#Redis", "#ledger", "ledger's user", "since"],
            report.Differences.Select(d => new[]
            {
                Status(d.Kind), Text(d.Entry), Link(d.PacketId, 0, d.PacketId), Text(d.UserId),
                Link(d.PacketId, d.Ordinal, d.Ordinal.ToString(CultureInfo.InvariantCulture)),
                Figures.Yuan(d.RedisFen), Figures.Yuan(d.LedgerFen), Text(d.LedgerUserId), Text(d.Since),
            }));

    private static void Accounts(StringBuilder page, ConsistencyReport report)
    {
        if (report.Accounts.Count > 0)
        {
            Table(page, "Accounts whose totals are not the sums of their rows",
                ["account", "#debits", "#debits by rows", "#credits", "#credits by rows"],
                report.Accounts.Select(a => new[]
                {
                    $"<code>{Text(a.Account)}</code>", Figures.Yuan(a.Debits), Figures.Yuan(a.RowDebits), Figures.Yuan(a.Credits),
                    Figures.Yuan(a.RowCredits),
                }));
        }
    }
}
