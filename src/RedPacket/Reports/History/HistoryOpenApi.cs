using Microsoft.OpenApi;
using RedPacket.Http;

namespace RedPacket.Reports.History;

/// <summary>The description of the calls about earlier reports in <c>/openapi/v1.json</c>.</summary>
internal static class HistoryOpenApi
{
    private const string Packet = OpenApiMetadata.ExamplePacketId;

    public static void DescribeHistory(this RouteHandlerBuilder call) => call
        .WithSummary("Reports that the ledger keeps, a line each, oldest first.")
        .WithInput("before", "query", JsonSchemaType.String, "Only reports before this time. Without it the newest are listed.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "How many at most: 1 to 500; 500 by default.")
        .WithAnswer(200, """
            {"reports":[{"asOf":"2026-02-17T00:00:02.000Z","verdict":"CONVERGING","tookMs":12,"granted":2,"settled":1,"inFlight":1,
            "missing":0,"orphan":0,"mismatch":0,"duplicate":0,"parked":0},{"asOf":"2026-02-17T00:00:05.000Z","verdict":"CONVERGING",
            "tookMs":9,"granted":null,"settled":null,"inFlight":null,"missing":null,"orphan":null,"mismatch":null,"duplicate":null,
            "parked":null}],"next":"2026-02-17T00:00:02.000Z"}
            """, name: "page",
            description: "null: it could not be read. next is what to pass as before for earlier ones, and null at the end.")
        .WithAnswer(200, """{"reports":[],"next":null}""", name: "end")
        .WithProblems("page_invalid", "query_invalid", "ledger_unavailable");

    public static void DescribeDiff(this RouteHandlerBuilder call) => call
        .WithSummary("What changed between two reports.")
        .WithInput("from", "query", JsonSchemaType.String, "The earlier report: the last that was kept by this time.", required: true)
        .WithInput("to", "query", JsonSchemaType.String,
            "The later report: the last that was kept by this time. Without it a report is computed now.")
        .WithAnswer(200, $$"""
            {"from":{"asOf":"2026-02-17T00:00:03.004Z","verdict":"CONSISTENT"},
            "to":{"asOf":"2026-02-17T00:10:03.004Z","verdict":"INCONSISTENT"},
            "numbers":[{"name":"claims.granted","from":9,"to":12,"delta":3},
            {"name":"claims.settled","from":null,"to":11,"delta":null},{"name":"money.settledFen","from":665,"to":null,"delta":null}],
            "rules":[{"id":"nothing_parked","from":"PASS","to":"FAIL"},{"id":"one_packet_per_key","from":null,"to":"PASS"},
            {"id":"adjustments","from":"PASS","to":null}],
            "appeared":[{"kind":"parked","entry":"grab","packetId":"{{Packet}}","userId":"bob","ordinal":3,"redisFen":35,
            "ledgerFen":null,"since":"2026-02-17T00:05:02.000Z","ledgerUserId":null}],
            "gone":[{"kind":"amount_mismatch","entry":"grab","packetId":"{{Packet}}","userId":"bob","ordinal":2,"redisFen":35,
            "ledgerFen":36,"since":null,"ledgerUserId":"carol"}],"isWhole":true}
            """, description: "Only what changed. appeared and gone leave out entries in flight. "
                + "isWhole is false when a report does not list all of its differences, or could not read a side.")
        .WithProblems("query_invalid", "report_unknown", "ledger_unavailable");
}
