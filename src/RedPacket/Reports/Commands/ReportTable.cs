using System.Globalization;
using System.Text;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Ledger.Followers;
using RedPacket.Packets;

namespace RedPacket.Reports.Commands;

/// <summary>
/// The report as text for a terminal, in columns; colour only where it is asked for, and never alone.
/// </summary>
internal static class ReportTable
{
    private const int DifferencesShown = 50;
    private const int HealedShown = 10;

    public static string Write(ConsistencyReport report, bool colour)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Painted(report.Verdict, colour)}   {report.PacketId ?? "all packets"}, ");
        text.Append(CultureInfo.InvariantCulture, $"as of {WireTime.Text(report.AsOf)}, read in {report.TookMs} ms\n");
        foreach (var reason in report.Reasons)
            text.Append(CultureInfo.InvariantCulture, $"  {reason}\n");
        foreach (var waiting in Figures.Waiting(report))
            text.Append(CultureInfo.InvariantCulture, $"  {waiting}\n");
        var (packets, claims, money) = (report.Packets, report.Claims, report.Money);
        Grid(text, colour,
        [
            ["packets", PacketState.Open, PacketState.Emptied, PacketState.Expired],
            ["", Figures.Count(packets?.Open), Figures.Count(packets?.Emptied), Figures.Count(packets?.Expired)],
        ]);
        Grid(text, colour,
        [
            ["claims", "granted", "settled", "in flight", "missing", "orphan", "mismatch", "duplicate", "parked"],
            ["", Figures.Count(claims.Granted), Figures.Count(claims.Settled), Figures.Count(claims.InFlight),
                Figures.Count(claims.Missing), Figures.Count(claims.Orphan),
                Figures.Count(claims.Mismatch), Figures.Count(claims.Duplicate), Figures.Count(claims.Parked)],
        ]);
        Grid(text, colour,
        [
            ["money", "funded", "granted", "refunded", "left", "settled", "in flight", "adjusted"],
            ["", Figures.Yuan(money.FundedFen), Figures.Yuan(money.GrantedFen), Figures.Yuan(money.RefundedFen),
                Figures.Yuan(money.LeftFen),
                Figures.Yuan(money.SettledFen), Figures.Yuan(money.InFlightFen), Figures.Yuan(report.AdjustedFen)],
        ]);
        Grid(text, colour, [["rule", "result", "left", "right", "delta"],
            .. report.Rules.Select(rule => new[]
            {
                rule.Id, rule.Result, Figures.Side(rule, rule.Left), Figures.Side(rule, rule.Right), Figures.Side(rule, rule.Delta),
            })]);
        Subscribers(text, report.Subscribers ?? [], colour);
        Differences(text, report, colour);
        Healed(text, report, colour);
        if (report.ClaimsPage is { Items.Count: > 0 } page)
        {
            Grid(text, colour, [["claim", "user", "status", "Redis", "ledger", "granted"],
                .. page.Items.Select(c => new[]
                {
                    Ordinal(c.Ordinal), c.UserId ?? "–", c.Status ?? "–", Figures.Yuan(c.AmountFen), Figures.Yuan(c.LedgerFen),
                    Time(c.GrantedAt),
                })]);
        }
        return text.ToString();
    }

    private static void Subscribers(StringBuilder text, IReadOnlyList<SubscriberLine> subscribers, bool colour)
    {
        if (subscribers.Count == 0)
            return;
        Grid(text, colour, [["subscriber", "state", "position", "rows behind", "seconds", "grabs", "ledger", "granted", "ledger"],
            .. subscribers.Select(one => new[]
            {
                one.Name, one.State, Figures.Count(one.Position), Figures.Count(one.RowsBehind),
                one.SecondsBehind?.ToString("0.###", CultureInfo.InvariantCulture) ?? "–", Figures.Count(one.Grabs),
                Figures.Count(one.LedgerGrabs), Figures.Yuan(one.GrantedFen), Figures.Yuan(one.LedgerGrantedFen),
            })]);
    }

    private static void Differences(StringBuilder text, ConsistencyReport report, bool colour)
    {
        if (report.Accounts.Count > 0)
        {
            Grid(text, colour, [["account", "debits", "by rows", "credits", "by rows"],
                .. report.Accounts.Select(a => new[]
                {
                    a.Account, Figures.Yuan(a.Debits), Figures.Yuan(a.RowDebits), Figures.Yuan(a.Credits), Figures.Yuan(a.RowCredits),
                })]);
        }
        Differences(text, "difference", report.Differences, colour);
        if (report.DifferencesTotal > DifferencesShown)
            text.Append(CultureInfo.InvariantCulture,
                $"  … {Figures.Count(report.DifferencesTotal)} in all; --format json or csv lists {report.Differences.Count} of them.\n");
    }

    /// <summary>A table of differences; nothing where there is none.</summary>
    internal static void Differences(StringBuilder text, string title, IReadOnlyList<Difference> differences, bool colour)
    {
        if (differences.Count == 0)
            return;
        Grid(text, colour, [[title, "entry", "packet", "ordinal", "user", "Redis", "ledger", "since"],
            .. differences.Take(DifferencesShown).Select(d => new[]
            {
                d.Kind, d.Entry, d.PacketId, Ordinal(d.Ordinal),
                d.LedgerUserId is null ? d.UserId ?? "–" : $"{d.UserId} (ledger: {d.LedgerUserId})",
                Figures.Yuan(d.RedisFen), Figures.Yuan(d.LedgerFen), Time(d.Since),
            })]);
    }

    private static void Healed(StringBuilder text, ConsistencyReport report, bool colour)
    {
        if (report.Healed.Count == 0)
            return;
        Grid(text, colour, [["repaired", "by", "action", "entries", "seconds", "the first"],
            .. report.Healed.Take(HealedShown).Select(healed => new[]
            {
                Time(healed.At), healed.Actor, healed.Action, Figures.Count(healed.Entries),
                healed.Seconds?.ToString("0.###", CultureInfo.InvariantCulture) ?? "–", healed.Some is [var first, ..] ? first : "–",
            })]);
    }

    // The first row is the header. A column in which every value is a number or an amount is aligned to the right.
    internal static void Grid(StringBuilder text, bool colour, string[][] rows)
    {
        text.Append('\n');
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var right = rows[0].Select((_, column) => column > 0 && rows.Skip(1).All(row => IsNumber(row[column]))).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => right[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(Coloured(string.Join("  ", cells).TrimEnd(), row, colour)).Append('\n');
        }
    }

    private static bool IsNumber(string cell) =>
        cell.All(character => character is '¥' or '−' or '.' or ',' or '–' || char.IsAsciiDigit(character));

    private static string Coloured(string line, string[] row, bool colour) =>
        row.Aggregate(line, (painted, cell) => cell is ReportRules.Pass or ReportRules.Fail or ReportRules.Unknown
            ? painted.Replace(cell, Painted(cell, colour), StringComparison.Ordinal)
            : painted);

    internal static string Painted(string word, bool colour)
    {
        if (!colour)
            return word;
        var code = word switch { Verdict.Consistent or ReportRules.Pass => 32, Verdict.Inconsistent or ReportRules.Fail => 31, _ => 33 };
        return string.Create(CultureInfo.InvariantCulture, $"\e[1;{code}m{word}\e[0m");
    }

    private static string Ordinal(int ordinal) => ordinal.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) => time is { } at ? WireTime.Text(at) : "–";
}
