using RedPacket.Http;

namespace RedPacket.Reports;

/// <summary>What the room's calls say of themselves in <c>/openapi/v1.json</c>.</summary>
internal static class ReportsOpenApi
{
    private const string Packet = "0-019a2061df9247d6e866942f79941b92";

    private const string Report = $$"""
        {"verdict":"INCONSISTENT","asOf":"2026-11-23T01:02:03.004Z","tookMs":12,"packetId":null,"reasons":["The rule granted_is_on_its_way_or_recorded fails."],"unread":[],
        "packets":{"open":1,"emptied":2,"expired":1},"claims":{"granted":9,"settled":8,"inFlight":0,"missing":1,"orphan":0,"mismatch":0,"duplicate":0,"parked":0},
        "money":{"fundedFen":1000,"grantedFen":700,"refundedFen":100,"leftFen":200,"settledFen":665,"inFlightFen":0},"adjustedFen":0,
        "rules":[{"id":"granted_is_on_its_way_or_recorded","statement":"Every claim granted …","left":9,"right":8,"delta":1,"result":"FAIL"}],
        "totalsFrom":"the rows since transfer 3, in sum",
        "differences":[{"kind":"missing_in_ledger","entry":"grab","packetId":"{{Packet}}","userId":"alice","ordinal":3,"redisFen":35,"ledgerFen":null,
        "since":"2026-11-23T01:02:02.000Z","ledgerUserId":null}],
        "differencesTotal":1,"accounts":[],"healed":[{"at":"2026-11-23T01:00:00.000Z","actor":"repair","action":"repair","entries":1,"some":["{{Packet}} 3"],"seconds":0.412}],
        "packetsPage":{"items":[{"packetId":"{{Packet}}","verdict":"INCONSISTENT","state":"open","granted":3,"settled":2,"inFlight":0,"missing":1,
        "fundedFen":400,"grantedFen":200,"refundedFen":0,"leftFen":200}],"next":null},
        "claimsPage":null,"claim":null}
        """;

    public static void Describe(RouteHandlerBuilder call) => call.WithSummary("The consistency report: Redis, outbox and ledger side by side, computed now")
        .WithInput("format", "query", "json (default), csv or html; Accept also chooses")
        .WithInput("packetId", "query", "only this packet, with a page of its claims")
        .WithInput("userId", "query", "with packetId: this user's claim and its timeline")
        .WithInput("ordinal", "query", "with packetId: this claim and its timeline")
        .WithInput("after", "query", "the page begins after this packet, or with packetId after this ordinal")
        .WithInput("limit", "query", "the length of the page, 1 to 100")
        .WithInput("full", "query", "true: totals are recomputed from the first row, account by account")
        .WithAnswer(200, Report)
        .WithAnswer(200, "line,kind,entry,packetId,userId,ordinal,…", "text/csv")
        .WithAnswer(200, "<!doctype html>…", "text/html")
        .WithProblems("packet_id_invalid", "page_invalid", "format_invalid", "query_invalid", "packet_unknown", "packet_archived", "claim_unknown", "ledger_unavailable");

    public static void DescribeRepairs(RouteHandlerBuilder call) => call.WithSummary("Puts back into the outbox what is in neither outbox, ledger nor parked; rebuilds totals on demand")
        .WithRequest("""{"dryRun":true,"totals":false}""")
        .WithAnswer(200, $$"""
            {"dryRun":true,"found":1,"issued":0,"entries":[{"entry":"grab","packetId":"{{Packet}}","userId":"alice","ordinal":3,"amountFen":35,
            "grantedAt":"2026-11-23T01:02:02.000Z"}],"accounts":null}
            """)
        .WithProblems("invalid_json", "unknown_field", "totals_refused", "gate_closed", "store_unavailable", "ledger_unavailable");

    public static void DescribeParked(RouteHandlerBuilder call) => call.WithSummary("Entries set aside, with their reasons")
        .WithInput("reason", "query", "unreadable, conflict or refused")
        .WithInput("resolved", "query", "true: those that were dealt with, instead of those that wait")
        .WithInput("after", "query", "the page begins after this id")
        .WithInput("limit", "query", "the length of the page, 1 to 100")
        .WithAnswer(200, $$"""
            {"parked":[{"id":1,"reason":"conflict","detail":"…","packetId":"{{Packet}}","entry":"grab","ordinal":2,"userId":"bob","amountFen":25,"parkedAt":"2026-11-23T01:02:03.004Z",
            "publishedAt":"2026-11-23T01:02:02.000Z","traceparent":null,"payload":"g {{Packet}} 2 bob 25 1790000000002","resolvedAt":null,"resolution":null}],"total":1,"next":null}
            """)
        .WithProblems("page_invalid", "query_invalid", "ledger_unavailable");

    public static void DescribeOneParked(RouteHandlerBuilder call) => call.WithSummary("One parked entry, with what the ledger has at its identity and what was booked to make it good")
        .WithAnswer(200, $$"""
            {"parked":{"id":1,"reason":"conflict","detail":"…","packetId":"{{Packet}}","entry":"grab","ordinal":2,"userId":"bob","amountFen":25,"parkedAt":"2026-11-23T01:02:03.004Z",
            "publishedAt":"2026-11-23T01:02:02.000Z","traceparent":null,"payload":"g {{Packet}} 2 bob 25 1790000000002","resolvedAt":"2026-11-23T01:05:00.000Z","resolution":"made_good"},
            "standing":{"id":7,"userId":"alice","amountFen":25,"grantedAt":"2026-11-23T01:02:01.000Z","settledAt":"2026-11-23T01:02:01.100Z"},
            "adjustment":{"id":9,"userId":"bob","amountFen":25,"grantedAt":"2026-11-23T01:02:02.000Z","settledAt":"2026-11-23T01:05:00.000Z"} }
            """)
        .WithProblems("parked_unknown", "ledger_unavailable");

    public static void DescribeCorrections(RouteHandlerBuilder call) => call.WithSummary("Makes parked shares good by a new transfer; a dry run unless told otherwise")
        .WithRequest("""{"ids":[1,2],"dryRun":false}""")
        .WithAnswer(200, $$"""
            {"dryRun":false,"corrected":[{"id":1,"packetId":"{{Packet}}","userId":"bob","amountFen":25,"resolution":"made_good"}],"skipped":[{"id":2,"reason":"unreadable"}],"madeGoodFen":25}
            """, description: "resolution: made_good, or has_a_share (no money moved). Skipped because: unreadable, not_a_grab, amount_out_of_range, packet_unknown or not_parked.")
        .WithProblems("invalid_json", "unknown_field", "gate_closed", "store_unavailable", "ledger_unavailable");

    public static void DescribeReplays(RouteHandlerBuilder call) => call.WithSummary("Sends parked entries to the ledger again")
        .WithRequest("""{"ids":[1,2]}""")
        .WithAnswer(200, """{"replayed":[1],"skipped":[{"id":2,"reason":"not_the_packets_own"}]}""",
            description: "Skipped because: unreadable, packet_unknown, not_the_packets_own, on_its_way or not_parked.")
        .WithProblems("invalid_json", "unknown_field", "gate_closed", "store_unavailable", "ledger_unavailable");

    public static void DescribeWallet(RouteHandlerBuilder call) => call.WithSummary("What the ledger has for a user, and through when it is complete")
        .WithAnswer(200, """{"userId":"alice","settledFen":123,"settledThrough":"2026-11-23T01:02:03.004Z"}""")
        .WithProblems("user_invalid", "forbidden", "ledger_unavailable");

    public static void DescribeStatement(RouteHandlerBuilder call) => call.WithSummary("A wallet's transfers, in ledger order")
        .WithInput("after", "query", "the page begins after this id")
        .WithInput("limit", "query", "the length of the page, 1 to 100")
        .WithAnswer(200, $$"""
            {"userId":"alice","transfers":[{"id":7,"kind":"grab","packetId":"{{Packet}}","ordinal":3,"amountFen":35,"grantedAt":"2026-11-23T01:02:02.000Z",
            "settledAt":"2026-11-23T01:02:02.100Z"}],"next":null}
            """)
        .WithProblems("user_invalid", "page_invalid", "forbidden", "ledger_unavailable");
}
