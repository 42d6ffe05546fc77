using RedPacket.Hosting;
using RedPacket.Http;

namespace RedPacket.Reports;

/// <summary>The consistency report and its history: role reconcile.</summary>
internal static class ReportsSetup
{
    public static IServiceCollection AddReports(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ReportsOptions>(configuration);
        services.AddSingleton<RecentRepairs>().AddSingleton<ReportPages>().AddSingleton<ReportCsv>().AddSingleton<DigestWriter>();
        services.AddSingleton<ReportHistory>().AddSingleton<ReportBuilder>().AddHostedService<ReportWatch>();
        return services.AddSingleton<ReportEndpoint>();
    }

    public static void MapReports(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1/consistency").RequireAuthorization(Caller.Operator).WithTags("Consistency");
        operators.MapGet("", (HttpContext context, ReportEndpoint endpoint) => endpoint.Handle(context)).DescribeReport();
        operators.MapGet("/history", (ReportHistory history) => Results.Json(history.Read(), ReportsJson.Readable.PastReports))
            .DescribeHistory();
    }
}
