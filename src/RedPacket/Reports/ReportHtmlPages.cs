using System.Globalization;
using System.Text;

namespace RedPacket.Reports;

/// <summary>
/// The parts of the page that are leafed through: packets, claims, one claim's timeline, what was healed.
/// </summary>
internal static class ReportHtmlPages
{
    private const int NamesShown = 3;

    public static void Write(StringBuilder page, ConsistencyReport report, ReportRequest request)
    {
        if (report.PacketsPage is { } packets)
            Packets(page, packets, request);
        if (report.ClaimsPage is { } claims)
            Claims(page, report.PacketId!, claims, request);
        if (report.Claim is { } claim)
            Claim(page, claim);
        if (report.Healed.Count > 0)
        {
            ReportHtml.Table(page, "Recent repairs", ["when", "by", "action", "#entries", "the first", "#seconds"],
                report.Healed.Select(healed => new[]
                {
                    ReportHtml.Text(healed.At), ReportHtml.Text(healed.Actor), ReportHtml.Text(healed.Action),
                    Figures.Count(healed.Entries),
                    ReportHtml.Text(string.Join(", ", healed.Some.Take(NamesShown))), ReportHtml.Text(healed.Seconds),
                }));
        }
    }

    private static void Packets(StringBuilder page, PacketsPage packets, ReportRequest request)
    {
        ReportHtml.Table(page, $"Packets: {Figures.Count(packets.Total)}, newest first, {Figures.Count(packets.Items.Count)} on this page",
            ["packet", "verdict", "state", "sender", "created", "#granted", "#settled", "#in flight", "#missing", "#funded", "#paid out",
                "#refunded", "#left"],
            packets.Items.Select(p => new[]
            {
                ReportHtml.Link(p.PacketId, 0, p.PacketId), ReportHtml.Status(p.Verdict), ReportHtml.Text(p.State),
                ReportHtml.Text(p.SenderId), ReportHtml.Text(p.CreatedAt), Figures.Count(p.Granted), Figures.Count(p.Settled),
                Figures.Count(p.InFlight), Figures.Count(p.Missing),
                Figures.Yuan(p.FundedFen), Figures.Yuan(p.GrantedFen), Figures.Yuan(p.RefundedFen), Figures.Yuan(p.LeftFen),
            }));
        Next(page, "", packets.Next, request.Limit);
    }

    private static void Claims(StringBuilder page, string packetId, ClaimsPage claims, ReportRequest request)
    {
        ReportHtml.Table(page, "Claims by ordinal", ["ordinal", "user", "status", "#Redis", "#ledger", "ledger's user", "granted"],
            claims.Items.Select(c => new[]
            {
                ReportHtml.Link(packetId, c.Ordinal, c.Ordinal.ToString(CultureInfo.InvariantCulture)), ReportHtml.Text(c.UserId),
                ReportHtml.Status(c.Status),
                Figures.Yuan(c.AmountFen), Figures.Yuan(c.LedgerFen), ReportHtml.Text(c.LedgerUserId), ReportHtml.Text(c.GrantedAt),
            }));
        Next(page, $"&amp;packetId={Uri.EscapeDataString(packetId)}", claims.Next?.ToString(CultureInfo.InvariantCulture), request.Limit);
    }

    private static void Claim(StringBuilder page, ClaimTimeline claim)
    {
        ReportHtml.Table(page,
            string.Create(CultureInfo.InvariantCulture,
                $"Claim {claim.Ordinal}: {claim.UserId ?? "nobody"}, {Figures.Yuan(claim.AmountFen)}"),
            ["step", "when or what"],
            [
                ["packet", ReportHtml.Link(claim.PacketId, 0, claim.PacketId)],
                ["status", ReportHtml.Status(claim.Status)],
                ["granted by Redis", ReportHtml.Text(claim.GrantedAt)],
                ["in the outbox", claim.InOutbox ? "yes" : "no"],
                ["sent by the relay", ReportHtml.Text(claim.PublishedAt)],
                ["settled in the ledger", ReportHtml.Text(claim.SettledAt)],
                ["transfer", ReportHtml.Text(claim.LedgerTransfer)],
                ["trace", ReportHtml.Text(claim.TraceId)],
                ["parked", ReportHtml.Text(claim.ParkedAt)],
                ["parked because", ReportHtml.Text(claim.ParkedReason)],
            ]);
        if (claim.Followed is { } followed)
            ReportHtml.Table(page, $"Where the time went, trace {followed.TraceId}", ["stage", "#starts at (ms)", "#takes (ms)"],
                followed.Stages.Select(stage => new[]
                {
                    stage.Name, stage.StartMs.ToString("0.00", CultureInfo.InvariantCulture),
                    stage.DurationMs.ToString("0.00", CultureInfo.InvariantCulture),
                }));
    }

    private static void Next(StringBuilder page, string scope, string? after, int limit)
    {
        if (after is null)
            return;
        page.Append(CultureInfo.InvariantCulture, $"<p><a href=\"?format=html{scope}");
        page.Append(CultureInfo.InvariantCulture, $"&amp;after={Uri.EscapeDataString(after)}&amp;limit={limit}\">next page</a></p>\n");
    }
}
