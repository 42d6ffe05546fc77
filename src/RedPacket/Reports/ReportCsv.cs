using RedPacket.Http;
using System.Globalization;
using System.Text;
using RedPacket.Messages;

namespace RedPacket.Reports;

/// <summary>
/// The report as CSV (RFC 4180): a header line, a line per difference, a line per packet of the page, a line per claim of a packet's page.
/// </summary>
internal static class ReportCsv
{
    private const string Header =
        "line,kind,entry,packetId,userId,ordinal,redisFen,ledgerFen,ledgerUserId,since,"
        + "state,granted,settled,inFlight,missing,fundedFen,grantedFen,refundedFen,leftFen";

    public static string Write(ConsistencyReport report)
    {
        var csv = new StringBuilder(Header).Append("\r\n");
        foreach (var difference in report.Differences)
            Line(csv, "difference", difference.Kind, difference.Entry, difference.PacketId, difference.UserId, difference.Ordinal,
                difference.RedisFen, difference.LedgerFen, difference.LedgerUserId, difference.Since);
        foreach (var packet in report.PacketsPage?.Items ?? [])
            Line(csv, "packet", packet.Verdict, null, packet.PacketId, null, null, null, null, null, null,
                packet.State, packet.Granted, packet.Settled, packet.InFlight, packet.Missing,
                packet.FundedFen, packet.GrantedFen, packet.RefundedFen, packet.LeftFen);
        foreach (var claim in report.ClaimsPage?.Items ?? [])
            Line(csv, "claim", claim.Status, EntryName.Grab, report.PacketId, claim.UserId, claim.Ordinal, claim.AmountFen, claim.LedgerFen,
                claim.LedgerUserId == claim.UserId ? null : claim.LedgerUserId, claim.GrantedAt);
        return csv.ToString();
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
