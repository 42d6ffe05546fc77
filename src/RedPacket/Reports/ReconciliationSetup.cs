using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Repairs;
using RedPacket.Wallets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace RedPacket.Reports;

/// <summary>The report, what can be done about it, the wallets, and repair in the background: all of it is the role reconcile.</summary>
internal static class ReconciliationSetup
{
    public static IServiceCollection AddReconciliation(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReconciliationOptions>().Bind(configuration.GetSection("Reconciliation")).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<LastVerdict>();
        services.AddSingleton<RedisReader>().AddSingleton<LedgerReader>().AddSingleton<LedgerTotals>().AddSingleton<ParkedReader>().AddSingleton<WalletReader>().AddSingleton<RecentRepairs>();
        services.AddSingleton<EntryReader>().AddSingleton<PacketComparer>().AddSingleton<FullScan>().AddSingleton<ReportPages>();
        services.AddSingleton<ReportHistory>().AddSingleton<ReportBuilder>().AddHostedService<ReportWatch>();
        services.AddSingleton<AuditTrail>().AddSingleton<DigestWriter>().AddSingleton<MissingEntryRepair>().AddSingleton<TotalsRebuild>();
        services.AddSingleton<Replay>().AddSingleton<CorrectionWriter>().AddSingleton<Correction>().AddSingleton<LostRunCorrections>().AddSingleton<SettledThrough>();
        return services.AddSingleton<ReportEndpoint>().AddSingleton<OperatorEndpoints>().AddSingleton<WalletEndpoints>().AddHostedService<RepairLoop>();
    }

    public static void MapReconciliation(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1").RequireAuthorization(Caller.Operator).WithTags("Reconciliation");
        ReportsOpenApi.Describe(operators.MapGet("/consistency", (HttpContext context, ReportEndpoint endpoint) => endpoint.Handle(context)));
        operators.MapGet("/consistency/history", (ReportHistory history) => Results.Json(history.Read(), ReconciliationJson.Default.PastReports));
        ReportsOpenApi.DescribeRepairs(operators.MapPost("/consistency/repairs", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Repair(context)));
        ReportsOpenApi.DescribeParked(operators.MapGet("/parked", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Parked(context)));
        ReportsOpenApi.DescribeOneParked(operators.MapGet("/parked/{id}", (HttpContext context, string id, OperatorEndpoints endpoints) => endpoints.OneParked(context, id)));
        ReportsOpenApi.DescribeCorrections(operators.MapPost("/parked/corrections", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Correct(context)));
        ReportsOpenApi.DescribeReplays(operators.MapPost("/parked/replays", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Replay(context)));
        var users = app.MapGroup("/api/v1/wallets").RequireAuthorization().WithTags("Wallets");
        ReportsOpenApi.DescribeWallet(users.MapGet("/{userId}", (HttpContext context, string userId, WalletEndpoints endpoints) => endpoints.Balance(context, userId)));
        ReportsOpenApi.DescribeStatement(users.MapGet("/{userId}/transfers", (HttpContext context, string userId, WalletEndpoints endpoints) => endpoints.Statement(context, userId)));
    }
}
