using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Reports.Alerts;
using RedPacket.Reports.History;

namespace RedPacket.Reports;

/// <summary>The consistency report, its history and its alerts: role reconcile.</summary>
internal static class ReportsSetup
{
    public static IServiceCollection AddReports(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ReportsOptions>(configuration);
        services.AddSingleton<RecentRepairs>().AddSingleton<ReportPages>().AddSingleton<ReportCsv>().AddSingleton<DigestWriter>();
        services.AddSingleton<AlertReader>().AddSingleton<KeptReports>();
        services.AddSingleton<ReportHistory>().AddSingleton<ReportBuilder>();
        services.AddHostedService<ReportWatch>().AddHostedService<ReportKeeper>();
        return services.AddSingleton<ReportEndpoint>().AddSingleton<HistoryEndpoints>().AddSingleton<AlertEndpoints>();
    }

    public static void MapReports(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1/consistency").RequireAuthorization(Caller.Operator).WithTags("Consistency");
        operators.MapGet("", (HttpContext context, ReportEndpoint endpoint) => endpoint.Handle(context)).DescribeReport();
        operators.MapGet("/history", (HttpContext context, HistoryEndpoints calls) => calls.List(context)).DescribeHistory();
        operators.MapGet("/diff", (HttpContext context, HistoryEndpoints calls) => calls.Diff(context)).DescribeDiff();
        operators.MapGet("/alerts", (HttpContext context, AlertEndpoints calls) => calls.List(context)).DescribeAlerts();
        operators.MapPost("/alerts/acknowledgements", (HttpContext context, AlertEndpoints calls) => calls.Acknowledge(context))
            .DescribeAcknowledging();
    }
}
