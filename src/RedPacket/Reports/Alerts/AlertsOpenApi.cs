using Microsoft.OpenApi;
using RedPacket.Http;

namespace RedPacket.Reports.Alerts;

/// <summary>The description of the calls about alerts in <c>/openapi/v1.json</c>.</summary>
internal static class AlertsOpenApi
{
    public static void DescribeAlerts(this RouteHandlerBuilder call) => call
        .WithSummary("Rules of the report that fail, or failed. Newest first.")
        .WithInput("resolved", "query", JsonSchemaType.Boolean,
            "true: the resolved alerts; false, the default: those whose rule still fails.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The page begins after this id: next of the page before.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 100; 100 by default.")
        .WithAnswer(200, """
            {"alerts":[{"id":3,"rule":"nothing_parked","state":"OPEN","openedAt":"2026-02-17T00:00:03.004Z",
            "seenAt":"2026-02-17T00:10:03.004Z","worst":2,"acknowledgedAt":null,"acknowledgedBy":null,"resolvedAt":null},
            {"id":2,"rule":"trial_balance","state":"RESOLVED","openedAt":"2026-02-16T00:00:03.004Z",
            "seenAt":"2026-02-16T00:01:03.004Z","worst":100,"acknowledgedAt":"2026-02-16T00:00:30.000Z","acknowledgedBy":"olga",
            "resolvedAt":"2026-02-16T00:02:03.004Z"}],"next":2}
            """, name: "page",
            description: "state is OPEN, ACKNOWLEDGED or RESOLVED. worst is the largest difference between the sides of the rule: "
                + "fen, or a count. An acknowledged alert opens again when it gets worse.")
        .WithAnswer(200, """{"alerts":[],"next":null}""", name: "end")
        .WithProblems("page_invalid", "query_invalid", "ledger_unavailable");

    public static void DescribeAcknowledging(this RouteHandlerBuilder call) => call
        .WithSummary("Say that an operator has seen these alerts. The verdict stays as it is.")
        .WithRequest("""{"ids":[3]}""")
        .WithAnswer(200, """{"acknowledged":[3],"skipped":[{"id":2,"reason":"not_open"}]}""",
            description: "At most 100 ids. An alert is skipped as not_open when it is acknowledged or resolved already, or unknown.")
        .WithProblems("ledger_unavailable");
}
