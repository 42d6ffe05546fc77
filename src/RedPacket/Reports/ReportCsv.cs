using System.Globalization;
using System.Text;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Reports;

/// <summary>
/// The report as CSV (RFC 4180): a header line, a line per difference, a line per packet of the page, a line per claim of a packet's page.
/// Then come the verdict with its reasons, the sums, the rules, the wrong accounts and the recent repairs.
/// </summary>
internal static class ReportCsv
{
    private const string Header =
        "line,kind,entry,packetId,userId,ordinal,redisFen,ledgerFen,ledgerUserId,since,"
        + "state,granted,settled,inFlight,missing,fundedFen,grantedFen,refundedFen,leftFen,name,value,left,right,delta";

    // How many columns an entry's line has before those of a packet, and a packet's line before the last five.
    private const int OfAnEntry = 10;
    private const int OfAPacket = 19;

    public static string Write(ConsistencyReport report)
    {
        var csv = new StringBuilder(Header).Append("\r\n");
        foreach (var difference in report.Differences)
            Line(csv, "difference", difference.Kind, difference.Entry, difference.PacketId, difference.UserId, difference.Ordinal,
                difference.RedisFen, difference.LedgerFen, difference.LedgerUserId, difference.Since);
        foreach (var packet in report.PacketsPage?.Items ?? [])
            Line(csv, "packet", packet.Verdict, null, packet.PacketId, packet.SenderId, null, null, null, null, packet.CreatedAt,
                packet.State, packet.Granted, packet.Settled, packet.InFlight, packet.Missing,
                packet.FundedFen, packet.GrantedFen, packet.RefundedFen, packet.LeftFen);
        foreach (var claim in report.ClaimsPage?.Items ?? [])
            Line(csv, "claim", claim.Status, EntryName.Grab, report.PacketId, claim.UserId, claim.Ordinal, claim.AmountFen, claim.LedgerFen,
                claim.LedgerUserId == claim.UserId ? null : claim.LedgerUserId, claim.GrantedAt);
        Whole(csv, report);
        return csv.ToString();
    }

    // What is about the whole report comes last, so that the lines before it stay as they are.
    private static void Whole(StringBuilder csv, ConsistencyReport report)
    {
        Line(csv, "report", report.Verdict, null, report.PacketId, null, null, null, null, null, report.AsOf);
        foreach (var cause in report.Causes)
            Named(csv, "cause", cause.Code, cause.Rule ?? cause.Side, cause.Count);
        foreach (var (name, value) in Sums(report))
            Named(csv, "sum", null, name, value);
        foreach (var rule in report.Rules)
            Named(csv, "rule", rule.Result, rule.Id, null, rule.Left, rule.Right, rule.Delta);
        foreach (var account in report.Accounts)
        {
            Named(csv, "account", "debits", account.Account, null, account.Debits, account.RowDebits, account.Debits - account.RowDebits);
            Named(csv, "account", "credits", account.Account, null, account.Credits, account.RowCredits,
                account.Credits - account.RowCredits);
        }
        foreach (var healed in report.Healed)
            Line(csv, ["healed", healed.Action, null, null, healed.Actor, null, null, null, null, healed.At,
                .. Empty(OfAPacket - OfAnEntry), healed.Some is [var first, ..] ? first : null, healed.Entries]);
    }

    private static void Named(
        StringBuilder csv, string line, string? kind, string? name, long? value, long? left = null, long? right = null,
        long? delta = null) =>
        Line(csv, [line, kind, .. Empty(OfAPacket - 2), name, value, left, right, delta]);

    private static object?[] Empty(int fields) => new object?[fields];

    // The names are those of the JSON.
    private static IEnumerable<(string Name, long? Value)> Sums(ConsistencyReport report)
    {
        var (packets, claims, money) = (report.Packets, report.Claims, report.Money);
        return
        [
            ("packets.open", packets?.Open), ("packets.emptied", packets?.Emptied), ("packets.expired", packets?.Expired),
            ("claims.granted", claims.Granted), ("claims.settled", claims.Settled), ("claims.inFlight", claims.InFlight),
            ("claims.missing", claims.Missing), ("claims.orphan", claims.Orphan), ("claims.mismatch", claims.Mismatch),
            ("claims.duplicate", claims.Duplicate), ("claims.parked", claims.Parked),
            ("money.fundedFen", money.FundedFen), ("money.grantedFen", money.GrantedFen), ("money.refundedFen", money.RefundedFen),
            ("money.leftFen", money.LeftFen), ("money.settledFen", money.SettledFen), ("money.inFlightFen", money.InFlightFen),
            ("adjustedFen", report.AdjustedFen), ("differencesTotal", report.DifferencesTotal),
        ];
    }

    private static void Line(StringBuilder csv, params ReadOnlySpan<object?> fields)
    {
        var columns = Header.AsSpan().Count(',') + 1;
        for (var i = 0; i < columns; i++)
            csv.Append(i == 0 ? "" : ",").Append(Field(i < fields.Length ? fields[i] : null));
        csv.Append("\r\n");
    }

    private static string Field(object? value) => value switch
    {
        null => "",
        DateTimeOffset time => WireTime.Text(time),
        string text => Quoted(Harmless(text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // A spreadsheet takes a field that begins so for a formula, and a user may be called "+cmd|...".
    private static string Harmless(string text) => text is ['=' or '+' or '-' or '@' or '|' or '\t' or '\r', ..] ? "'" + text : text;

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
