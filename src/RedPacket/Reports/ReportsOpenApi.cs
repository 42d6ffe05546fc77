using Microsoft.OpenApi;
using RedPacket.Http;

namespace RedPacket.Reports;

/// <summary>The description of this room's calls in <c>/openapi/v1.json</c>.</summary>
internal static class ReportsOpenApi
{
    private const string Packet = OpenApiMetadata.ExamplePacketId;

    private const string All = $$"""
        {"verdict":"INCONSISTENT","asOf":"2026-02-17T00:00:03.004Z","tookMs":12,"packetId":null,
        "reasons":["The rule granted_is_on_its_way_or_recorded fails.","Subscriber statistics has drifted: …"],
        "causes":[{"code":"rule_fails","reason":"The rule granted_is_on_its_way_or_recorded fails.",
        "rule":"granted_is_on_its_way_or_recorded","side":null,"count":null,"subscriber":null,
        "operator":null},{"code":"subscriber_drifted","reason":"Subscriber statistics has drifted: …","rule":null,"side":null,"count":null,
        "subscriber":"statistics","operator":null}],"unread":[],
        "packets":{"open":1,"emptied":2,"expired":1},
        "claims":{"granted":9,"settled":8,"inFlight":0,"missing":1,"orphan":0,"mismatch":0,"duplicate":0,"parked":0},
        "money":{"fundedFen":1000,"grantedFen":700,"refundedFen":100,"leftFen":200,"settledFen":665,"inFlightFen":0},"adjustedFen":0,
        "unacknowledgedPayments":{"count":0,"amountFen":0},"alerts":{"open":1,"acknowledged":0},
        "rules":[{"id":"conservation_per_packet","statement":"In every packet …","left":4,"right":4,"delta":0,"result":"PASS"},
        {"id":"granted_is_on_its_way_or_recorded","statement":"Every claim granted …","left":9,"right":8,"delta":1,"result":"FAIL"}],
        "totalsFrom":"the rows since transfer 3, in sum",
        "differences":[{"kind":"missing_in_ledger","entry":"grab","packetId":"{{Packet}}","userId":"bob","ordinal":3,"redisFen":35,
        "ledgerFen":null,"since":"2026-02-17T00:00:02.000Z","ledgerUserId":null}],"differencesTotal":1,"accounts":[],
        "healed":[{"at":"2026-02-16T23:00:00.000Z","actor":"system repair","action":"repair","entries":1,
        "some":["{{Packet}} 2"],"seconds":0.412},
        {"at":"2026-02-16T22:00:00.000Z","actor":"olga","action":"replay","entries":1,"some":["{{Packet}} 1"],"seconds":null}],
        "subscribers":[{"name":"statistics","position":7,"grabs":2,"grantedFen":70,"ledgerGrabs":1,"ledgerGrantedFen":35,"head":9,
        "state":"drifted","reportedAt":"2026-02-17T00:00:03.000Z","rowsBehind":2,"secondsBehind":0.412},
        {"name":"risk","position":12,"grabs":3,"grantedFen":99,"ledgerGrabs":null,"ledgerGrantedFen":null,"head":9,
        "state":"ahead","reportedAt":"2026-02-17T00:00:03.000Z","rowsBehind":0,"secondsBehind":null}],
        "packetsPage":{"items":[{"packetId":"{{Packet}}","verdict":"INCONSISTENT","state":"open","granted":3,"settled":2,
        "inFlight":0,"missing":1,"fundedFen":400,"grantedFen":200,"refundedFen":0,"leftFen":200,"senderId":"alice",
        "createdAt":"2026-02-17T00:00:00.000Z"}],"next":null,"total":1},
        "claimsPage":null,"claim":null}
        """;

    private const string Unread = """
        {"verdict":"CONVERGING","asOf":"2026-02-17T00:00:03.004Z","tookMs":12,"packetId":null,
        "reasons":["Redis could not be read: …","The ledger could not be read: …","Settlement is paused by olga …"],
        "causes":[{"code":"side_unread","reason":"Redis could not be read: …","rule":null,"side":"store","count":null,"subscriber":null,
        "operator":null},
        {"code":"side_unread","reason":"The ledger could not be read: …","rule":null,"side":"ledger","count":null,
        "subscriber":null,"operator":null},{"code":"settlement_paused","reason":"Settlement is paused by olga …","rule":null,"side":null,
        "count":null,"subscriber":null,"operator":"olga"}],
        "unread":[{"side":"store","reason":"Redis could not be read: …"},{"side":"ledger","reason":"The ledger could not be read: …"}],
        "packets":null,
        "claims":{"granted":null,"settled":null,"inFlight":null,"missing":null,"orphan":null,"mismatch":null,"duplicate":null,
        "parked":null},"money":{"fundedFen":null,"grantedFen":null,"refundedFen":null,"leftFen":null,"settledFen":null,"inFlightFen":null},
        "adjustedFen":null,"unacknowledgedPayments":null,"alerts":null,
        "rules":[{"id":"conservation_per_packet","statement":"In every packet …","left":null,"right":null,"delta":null,
        "result":"UNKNOWN"}],"totalsFrom":null,
        "differences":[],"differencesTotal":0,"accounts":[],"healed":[],"subscribers":null,"packetsPage":null,"claimsPage":null,
        "claim":null}
        """;

    // A report about one packet, up to the part that depends on the question.
    private const string OfOne = $$"""
        {"verdict":"CONSISTENT","asOf":"2026-02-17T00:00:03.004Z","tookMs":3,"packetId":"{{Packet}}","reasons":[],"causes":[],"unread":[],
        "packets":{"open":1,"emptied":0,"expired":0},
        "claims":{"granted":1,"settled":1,"inFlight":0,"missing":0,"orphan":0,"mismatch":0,"duplicate":0,"parked":0},
        "money":{"fundedFen":400,"grantedFen":61,"refundedFen":0,"leftFen":339,"settledFen":61,"inFlightFen":0},"adjustedFen":0,
        "unacknowledgedPayments":{"count":0,"amountFen":0},"alerts":null,
        "rules":[{"id":"nothing_parked","statement":"No entry is set aside …","left":0,"right":0,"delta":0,"result":"PASS"}],
        "totalsFrom":null,"differences":[],"differencesTotal":0,"accounts":[],"healed":[],"subscribers":null,"packetsPage":null
        """;

    private const string OnePacket = $$"""
        {{OfOne}},"claimsPage":{"items":[{"ordinal":1,"userId":"bob","amountFen":61,"grantedAt":"2026-02-17T00:00:01.234Z",
        "status":"settled","ledgerUserId":"bob","ledgerFen":61}],"next":null},"claim":null}
        """;

    private const string OneClaim = $$"""
        {{OfOne}},"claimsPage":null,"claim":{"packetId":"{{Packet}}","ordinal":1,"userId":"bob","amountFen":61,"status":"settled",
        "grantedAt":"2026-02-17T00:00:01.234Z","inOutbox":false,"publishedAt":"2026-02-17T00:00:01.300Z",
        "settledAt":"2026-02-17T00:00:01.410Z","traceId":"0af7651916cd43dd8448eb211c80319c","parkedAt":null,
        "parkedReason":null,"ledgerTransfer":7,"followed":{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736",
        "startedAt":"2026-02-17T00:00:01.232Z","stages":[{"name":"request","startMs":0,"durationMs":0.41}]} } }
        """;

    public static void DescribeReport(this RouteHandlerBuilder call) => call
        .WithSummary("The consistency report: Redis, outbox and ledger side by side, computed now.")
        .WithInput("format", "query", JsonSchemaType.String,
            "json, csv or html; json by default. The header Accept chooses too.")
        .WithInput("packetId", "query", JsonSchemaType.String, "Only this packet, with a page of its claims.")
        .WithInput("userId", "query", JsonSchemaType.String, "With packetId: this user's claim and its timeline.")
        .WithInput("ordinal", "query", JsonSchemaType.Integer, "With packetId: this claim and its timeline.")
        .WithInput("after", "query", JsonSchemaType.String,
            "The page begins after this packet, or with packetId after this ordinal.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 100; 100 by default.")
        .WithInput("full", "query", JsonSchemaType.Boolean,
            "true: recompute all totals from the first row, account by account.")
        .WithInput("asOf", "query", JsonSchemaType.String,
            "Not computed now: the last report that was kept by this time, without its page of packets. Takes format only.")
        .WithAnswer(200, All, name: "all",
            description: "The verdict is CONSISTENT, CONVERGING or INCONSISTENT; the header RedPacket-Verdict has it in every format. "
                + "null: it could not be read.")
        .WithAnswer(200, Unread, name: "unread")
        .WithAnswer(200, OnePacket, name: "packet")
        .WithAnswer(200, OneClaim, name: "claim")
        .WithAnswer(200, "line,kind,entry,packetId,userId,ordinal,…", CsvFile.MediaType,
            description: "All packets, or all claims of one packet; with limit, one page. The last line has the number of lines before it.")
        .WithAnswer(200, "<!doctype html>…", "text/html")
        .WithProblems("packet_id_invalid", "page_invalid", "format_invalid", "query_invalid", "packet_unknown", "packet_archived",
            "claim_unknown", "report_unknown", "ledger_unavailable");
}
