using RedPacket.Http;
using RedPacket.Ledger.Followers;
using RedPacket.Messages;

namespace RedPacket.Reports;

/// <summary>
/// The report as CSV: a header line, a line per difference, a line per packet, or a line per claim of one packet. Then
/// come the verdict with its reasons, the sums, the rules, the subscribers, the wrong accounts and the recent repairs. It
/// has all packets or claims, read page by page while the file is sent, unless the question asks for one page.
/// </summary>
internal sealed class ReportCsv(ReportPages pages)
{
    private const string Columns =
        "line,kind,entry,packetId,userId,ordinal,redisFen,ledgerFen,ledgerUserId,since,"
        + "state,granted,settled,inFlight,missing,fundedFen,grantedFen,refundedFen,leftFen,name,value,left,right,delta";

    private const int PerPage = 500;

    // How many columns an entry's line has before those of a packet, and a packet's line before the last five.
    private const int OfAnEntry = 10;
    private const int OfAPacket = 19;

    /// <param name="isWhole">False for the page that the question asks for.</param>
    public IResult File(ConsistencyReport report, ReportRequest request, bool isWhole) => new CsvFile(
        report.PacketId is null ? "consistency" : $"consistency-{report.PacketId}", Columns, report.AsOf,
        (csv, cancellation) => Write(csv, report, isWhole ? request with { Limit = PerPage } : null, cancellation));

    private async Task Write(CsvLines csv, ConsistencyReport report, ReportRequest? rest,
        CancellationToken cancellation)
    {
        foreach (var difference in report.Differences)
            csv.Add("difference", difference.Kind, difference.Entry, difference.PacketId, difference.UserId, difference.Ordinal,
                difference.RedisFen, difference.LedgerFen, difference.LedgerUserId, difference.Since);
        for (var page = report.PacketsPage; page is not null;)
        {
            foreach (var packet in page.Items)
                csv.Add("packet", packet.Verdict, null, packet.PacketId, packet.SenderId, null, null, null, null, packet.CreatedAt,
                    packet.State, packet.Granted, packet.Settled, packet.InFlight, packet.Missing,
                    packet.FundedFen, packet.GrantedFen, packet.RefundedFen, packet.LeftFen);
            await csv.Send(cancellation);
            page = page.Next is { } next && rest is not null ? await pages.Packets(rest with { After = next }, cancellation) : null;
        }

        for (var page = report.ClaimsPage; page is not null;)
        {
            foreach (var claim in page.Items)
                csv.Add("claim", claim.Status, EntryName.Grab, report.PacketId, claim.UserId, claim.Ordinal, claim.AmountFen,
                    claim.LedgerFen, claim.LedgerUserId == claim.UserId ? null : claim.LedgerUserId, claim.GrantedAt);
            await csv.Send(cancellation);
            page = page.Next is { } next && rest is not null
                ? await pages.ClaimsAfter(report.PacketId!, next, PerPage, cancellation)
                : null;
        }

        Whole(csv, report);
    }

    // Lines about the whole report come last, so that the lines before it stay as they are.
    private static void Whole(CsvLines csv, ConsistencyReport report)
    {
        csv.Add("report", report.Verdict, null, report.PacketId, null, null, null, null, null, report.AsOf);
        foreach (var cause in report.Causes)
            Named(csv, "cause", cause.Code, cause.Rule ?? cause.Side ?? cause.Subscriber ?? cause.Operator, cause.Count);
        foreach (var (name, value) in Figures.Named(report))
            Named(csv, "sum", null, name, value);
        foreach (var rule in report.Rules)
            Named(csv, "rule", rule.Result, rule.Id, null, rule.Left, rule.Right, rule.Delta);
        foreach (var subscriber in report.Subscribers ?? [])
            Subscriber(csv, subscriber);
        foreach (var account in report.Accounts)
        {
            Named(csv, "account", "debits", account.Account, null, account.Debits, account.RowDebits, account.Debits - account.RowDebits);
            Named(csv, "account", "credits", account.Account, null, account.Credits, account.RowCredits,
                account.Credits - account.RowCredits);
        }
        foreach (var healed in report.Healed)
            csv.Add(["healed", healed.Action, null, null, healed.Actor, null, null, null, null, healed.At,
                .. Empty(OfAPacket - OfAnEntry), healed.Some is [var first, ..] ? first : null, healed.Entries]);
    }

    private static void Subscriber(CsvLines csv, SubscriberLine one)
    {
        Add("behind", one.SecondsBehind, one.Position, one.Head);
        Add("grabs", null, one.Grabs, one.LedgerGrabs);
        Add("grantedFen", null, one.GrantedFen, one.LedgerGrantedFen);

        void Add(string kind, double? value, long left, long? right) => csv.Add(["subscriber", kind, .. Empty(OfAnEntry - 3),
            one.ReportedAt, one.State, .. Empty(OfAPacket - OfAnEntry - 1), one.Name, value, left, right, left - right]);
    }

    private static void Named(
        CsvLines csv, string line, string? kind, string? name, long? value, long? left = null, long? right = null, long? delta = null) =>
        csv.Add([line, kind, .. Empty(OfAPacket - 2), name, value, left, right, delta]);

    private static object?[] Empty(int fields) => new object?[fields];
}
