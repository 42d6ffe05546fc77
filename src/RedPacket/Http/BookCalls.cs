using static RedPacket.Http.Call;

namespace RedPacket.Http;

/// <summary>Wallets, the report and what operators do about it, described.</summary>
internal static class BookCalls
{
    private const string Consistent = """
        {"verdict":"CONVERGING","asOf":"2026-02-17T00:00:02.000Z","tookMs":12,"packetId":null,"reasons":["1 entry is on its way."],"unread":[],
        "packets":{"open":1,"emptied":0,"expired":0},
        "claims":{"granted":2,"settled":1,"inFlight":1,"missing":0,"orphan":0,"mismatch":0,"duplicate":0,"parked":0},
        "money":{"fundedFen":10000,"grantedFen":246,"refundedFen":0,"leftFen":9754,"settledFen":123,"inFlightFen":123},"adjustedFen":0,
        "rules":[{"id":"conservation","statement":"granted + left + refunded = funded","left":10000,"right":10000,"delta":0,"result":"PASS"}],"totalsFrom":"the first row",
        "differences":[{"kind":"in_flight","entry":"grab","packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","userId":"bob","ordinal":2,"redisFen":123,"ledgerFen":null,
        "since":"2026-02-17T00:00:01.000Z","ledgerUserId":null}],"differencesTotal":1,"accounts":[],"healed":[]}
        """;

    private static readonly DescribedInput s_limit = Query("limit", "1 to 100; 100 by default.");
    private static readonly DescribedInput s_afterId = Query("after", "The page begins behind this id; next of the page before.");

    public static readonly Call Wallet = new("Wallets", "The ledger's balance of a user: one's own, or any for an operator",
        Answer(200, """{"userId":"bob","settledFen":123,"settledThrough":"2026-02-17T00:00:01.000Z"}"""), Refusals("user_invalid", "forbidden", "ledger_unavailable"));

    public static readonly Call Statement = new("Wallets", "A wallet's transfers, in ledger order",
        s_afterId, s_limit,
        Answer(200, """
            {"userId":"bob","transfers":[{"id":2,"kind":"grab","packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","ordinal":1,"amountFen":123,
            "grantedAt":"2026-02-17T00:00:01.000Z","settledAt":"2026-02-17T00:00:01.100Z"}],"next":null}
            """),
        Refusals("user_invalid", "page_invalid", "forbidden", "ledger_unavailable"));

    public static readonly Call Report = new("Consistency", "The consistency report: Redis, outbox and ledger side by side",
        Query("format", "json, csv or html; Accept also chooses."), Query("packetId", "Only this packet, claim by claim."),
        Query("userId", "With packetId: this user's claim and its timeline."), Query("ordinal", "With packetId: this claim and its timeline."),
        Query("after", "The page begins behind this packet, or with packetId behind this ordinal."), s_limit, Query("full", "true: totals from the first row."),
        Answer(200, Consistent), Answer(200, "a header line, then a line per difference and per packet", contentType: "text/csv"),
        Answer(200, "the same, to be read", contentType: "text/html"),
        Refusals("format_invalid", "query_invalid", "page_invalid", "packet_id_invalid", "user_invalid", "packet_unknown", "packet_archived", "claim_unknown", "ledger_unavailable"));

    public static readonly Call History = new("Consistency", "The last reports that this process made, whoever asked for them, oldest first: at most 500, and none from before its start",
        Answer(200, """
            {"reports":[{"asOf":"2026-02-17T00:00:02.000Z","verdict":"CONVERGING","tookMs":12,"granted":2,"settled":1,"inFlight":1,"missing":0,"orphan":0,"mismatch":0,"duplicate":0,"parked":0}]}
            """));

    public static readonly Call Repair = new("Consistency", "Put back into the outbox what is missing; a dry run unless told otherwise",
        new DescribedRequest("""{"dryRun":true,"totals":false}""", []),
        Answer(200, """
            {"dryRun":true,"found":1,"issued":0,"entries":[{"entry":"grab","packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","userId":"bob","ordinal":2,"amountFen":123,
            "grantedAt":"2026-02-17T00:00:01.000Z"}],"accounts":null}
            """),
        Refusals("totals_refused", "gate_closed", "store_unavailable", "ledger_unavailable"));

    public static readonly Call Parked = new("Consistency", "Entries that were set aside, with the reason",
        Query("reason", "unreadable, conflict or refused."), Query("resolved", "true: those that were dealt with, instead of those that wait."), s_afterId, s_limit,
        Answer(200, """
            {"parked":[{"id":1,"reason":"conflict","detail":"The ledger has 124 fen of carol here.","packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","entry":"grab","ordinal":2,"userId":"bob",
            "amountFen":123,"parkedAt":"2026-02-17T00:00:02.000Z","publishedAt":"2026-02-17T00:00:01.500Z","traceparent":null,
            "payload":"g 0-019a5a7c8d2e7c4f9b1e3a5d6f708192 2 bob 123 1771286401000","resolvedAt":null,"resolution":null}],"total":1,"next":null}
            """),
        Refusals("query_invalid", "page_invalid", "ledger_unavailable"));

    public static readonly Call Replay = new("Consistency", "Send parked entries to the ledger again, by id or all",
        new DescribedRequest("""{"ids":[1]}""", []),
        Answer(200, """{"replayed":[1],"skipped":[{"id":2,"reason":"the line cannot be read"}]}"""),
        Refusals("gate_closed", "store_unavailable", "ledger_unavailable"));
}
