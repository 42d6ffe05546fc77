using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Reports.History;

namespace RedPacket.Reports;

/// <summary><c>GET /api/v1/consistency</c>: the report as JSON, CSV or HTML.</summary>
internal sealed class ReportEndpoint(ReportBuilder builder, KeptReports kept, ReportCsv csv, LedgerReader ledger)
{
    private static readonly string[] s_formats = ["json", "csv", "html"];

    public async Task<IResult> Handle(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var request = Read(query);
        var format = query.OneOf("format", s_formats) ?? Accepted(context.Request);
        var asOf = query.Time("asOf");
        if (asOf is not null && request != new ReportRequest())
            query.Refuse(new Problem(400, "query_invalid", "The query parameter asOf must come alone, or with format."));
        if (query.Refusal is { } refusal)
            return refusal;
        var report = asOf is { } time
            // SQLite answers synchronously: it must not hold up the thread of the connection.
            ? await Task.Run(() => kept.AsOf(time, context.RequestAborted), context.RequestAborted)
            : await builder.Find(request, context.RequestAborted);
        if (report is null)
            return asOf is { } none ? HistoryEndpoints.NothingKept(none) : await WhyNot(request, context.RequestAborted);
        context.Response.Headers[Verdict.Header] = report.Verdict;
        return format switch
        {
            "csv" => csv.File(report, request, isWhole: query.Text("limit") is null),
            "html" => Html(context, report, request),
            _ => Results.Text(JsonSerializer.Serialize(report, ReportsJson.Readable.ConsistencyReport), "application/json", Encoding.UTF8),
        };
    }

    private static ReportRequest Read(QueryValues query)
    {
        var packetId = query.Text("packetId");
        if (packetId is not null && !PacketId.TryParse(packetId, out _))
            query.Refuse(EdgeProblems.PacketIdInvalid);
        var userId = query.Text("userId");
        if (userId is not null && Caller.RefusalOf(userId) is { } refusal)
            query.Refuse(refusal);
        var ordinal = (int?)query.Number("ordinal", 1, int.MaxValue);
        if (packetId is null && (userId is not null || ordinal is not null))
            query.Refuse(new Problem(400, "query_invalid", "The query parameters userId and ordinal must come with packetId."));
        var after = packetId is null ? query.Text("after") : query.Number("after", 0, int.MaxValue)?.ToString(CultureInfo.InvariantCulture);
        if (packetId is null && after is not null && !PacketId.TryParse(after, out _))
            query.Refuse(EdgeProblems.PacketIdInvalid);
        return new ReportRequest(packetId, userId, ordinal, after, query.Limit(), query.Flag("full"));
    }

    // The caller's most preferred format of these. A caller who accepts none of them, or says nothing, gets JSON.
    private static string Accepted(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types))
            return "json";
        var best = types.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1);
        return best.Select(type => type.MediaType.Value switch
        {
            "text/html" => "html",
            CsvFile.MediaType => "csv",
            "application/json" or "*/*" => "json",
            _ => null,
        }).FirstOrDefault(format => format is not null) ?? "json";
    }

    private static IResult Html(HttpContext context, ConsistencyReport report, ReportRequest request)
    {
        context.Response.Headers.ContentSecurityPolicy = ReportHtml.ContentSecurityPolicy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(ReportHtml.Write(report, request), "text/html", Encoding.UTF8);
    }

    private async Task<IResult> WhyNot(ReportRequest request, CancellationToken cancellation)
    {
        if (await ledger.ArchivedAt(request.PacketId!, cancellation) is not null)
            return EdgeProblems.PacketArchived;
        return request.UserId is null && request.Ordinal is null
            ? EdgeProblems.PacketUnknown
            : new Problem(404, "claim_unknown", "There is no such packet, or nobody has this share.");
    }
}
