using Microsoft.Extensions.DependencyInjection.Extensions;

namespace RedPacket.Reconciliation;

/// <summary>The report, what can be done about it, the wallets, and repair in the background: all of it is the role reconcile.</summary>
internal static class ReconciliationSetup
{
    public static IServiceCollection AddReconciliation(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReconciliationOptions>().Bind(configuration.GetSection("Reconciliation")).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<LastVerdict>();
        services.AddSingleton<StoreReader>().AddSingleton<LedgerReader>().AddSingleton<LedgerTotals>().AddSingleton<ParkedReader>().AddSingleton<WalletReader>().AddSingleton<HealedReader>();
        services.AddSingleton<EntryReader>().AddSingleton<PacketExamination>().AddSingleton<PacketPass>().AddSingleton<ReportPages>();
        services.AddSingleton<ReportHistory>().AddSingleton<ReportBuilder>().AddHostedService<ReportWatch>();
        services.AddSingleton<AuditTrail>().AddSingleton<DigestWriter>().AddSingleton<Restorer>().AddSingleton<TotalsRebuild>();
        services.AddSingleton<Replay>().AddSingleton<CorrectionWriter>().AddSingleton<Correction>().AddSingleton<Stragglers>().AddSingleton<SettledThrough>();
        return services.AddSingleton<ReportEndpoint>().AddSingleton<OperatorEndpoints>().AddSingleton<WalletEndpoints>().AddHostedService<Repair>();
    }

    public static void MapReconciliation(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1").RequireAuthorization(Caller.Operator).WithTags("Reconciliation");
        ReconciliationCalls.Describe(operators.MapGet("/consistency", (HttpContext context, ReportEndpoint endpoint) => endpoint.Handle(context)));
        operators.MapGet("/consistency/history", (ReportHistory history) => Results.Json(history.Read(), ReconciliationJson.Default.PastReports));
        ReconciliationCalls.DescribeRepairs(operators.MapPost("/consistency/repairs", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Repair(context)));
        ReconciliationCalls.DescribeParked(operators.MapGet("/parked", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Parked(context)));
        ReconciliationCalls.DescribeOneParked(operators.MapGet("/parked/{id}", (HttpContext context, string id, OperatorEndpoints endpoints) => endpoints.OneParked(context, id)));
        ReconciliationCalls.DescribeCorrections(operators.MapPost("/parked/corrections", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Correct(context)));
        ReconciliationCalls.DescribeReplays(operators.MapPost("/parked/replays", (HttpContext context, OperatorEndpoints endpoints) => endpoints.Replay(context)));
        var users = app.MapGroup("/api/v1/wallets").RequireAuthorization().WithTags("Wallets");
        ReconciliationCalls.DescribeWallet(users.MapGet("/{userId}", (HttpContext context, string userId, WalletEndpoints endpoints) => endpoints.Balance(context, userId)));
        ReconciliationCalls.DescribeStatement(users.MapGet("/{userId}/transfers", (HttpContext context, string userId, WalletEndpoints endpoints) => endpoints.Statement(context, userId)));
    }
}
