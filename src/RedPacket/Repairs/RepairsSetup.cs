using RedPacket.Hosting;
using RedPacket.Http;

namespace RedPacket.Repairs;

/// <summary>Repair, replay, corrections and parked entries: role reconcile.</summary>
internal static class RepairsSetup
{
    public static IServiceCollection AddRepairs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RepairsOptions>(configuration);
        services.AddSingleton<MissingEntryRepair>().AddSingleton<TotalsRebuild>().AddSingleton<Replay>();
        services.AddSingleton<CorrectionNotices>().AddSingleton<CorrectionWriter>().AddSingleton<Correction>().AddSingleton<Dismissal>();
        services.AddSingleton<PaymentAcknowledgement>().AddSingleton<ParkedGroups>();
        services.AddSingleton<Adoption>().AddSingleton<LostRunCorrections>();
        return services.AddSingleton<RepairEndpoints>().AddHostedService<RepairLoop>();
    }

    public static void MapRepairs(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1").RequireAuthorization(Caller.Operator).WithTags("Consistency");
        operators.MapPost("/consistency/repairs", (RepairEndpoints calls, HttpContext context) => calls.Repair(context)).DescribeRepairs();
        operators.MapGet("/parked", (RepairEndpoints calls, HttpContext context) => calls.Parked(context)).DescribeParked();
        operators.MapGet("/parked/groups", (RepairEndpoints calls, HttpContext context) => calls.Groups(context)).DescribeGroups();
        operators.MapGet("/parked/{id}", (RepairEndpoints calls, HttpContext context, string id) => calls.OneParked(context, id))
            .DescribeOneParked();
        operators.MapPost("/parked/corrections", (RepairEndpoints calls, HttpContext context) => calls.Correct(context))
            .DescribeCorrections();
        operators.MapPost("/parked/dismissals", (RepairEndpoints calls, HttpContext context) => calls.Dismiss(context))
            .DescribeDismissals();
        operators.MapPost("/parked/acknowledgements", (RepairEndpoints calls, HttpContext context) => calls.Acknowledge(context))
            .DescribeAcknowledgement();
        operators.MapPost("/parked/replays", (RepairEndpoints calls, HttpContext context) => calls.Replay(context)).DescribeReplays();
    }
}
