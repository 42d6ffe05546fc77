using RedPacket.Comparison;
using RedPacket.Http;

namespace RedPacket.Reports;

/// <summary>The consistency report and its history: role reconcile.</summary>
internal static class ReportsSetup
{
    public static IServiceCollection AddReports(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReportsOptions>().Bind(configuration.GetSection(ComparisonOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RecentRepairs>().AddSingleton<ReportPages>().AddSingleton<DigestWriter>();
        services.AddSingleton<ReportHistory>().AddSingleton<ReportBuilder>().AddHostedService<ReportWatch>();
        return services.AddSingleton<ReportEndpoint>();
    }

    public static void MapReports(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1/consistency").RequireAuthorization(Caller.Operator).WithTags("Consistency");
        operators.MapGet("", (HttpContext context, ReportEndpoint endpoint) => endpoint.Handle(context)).DescribeReport();
        operators.MapGet("/history", (ReportHistory history) => Results.Json(history.Read(), ReportsJson.Default.PastReports))
            .DescribeHistory();
    }
}
