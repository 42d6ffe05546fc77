using Microsoft.OpenApi;
using RedPacket.Http;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>The description of this room's calls in <c>/openapi/v1.json</c>.</summary>
internal static class RepairsOpenApi
{
    private const string Packet = OpenApiMetadata.ExamplePacketId;

    private const string Parked = $$"""
        {"id":1,"reason":"conflict","detail":"{{Chunk.WhyForgotten}}","packetId":"{{Packet}}","entry":"grab",
        "ordinal":2,"userId":"bob","amountFen":25,"parkedAt":"2026-02-17T00:00:02.000Z","publishedAt":"2026-02-17T00:00:01.500Z",
        "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","lostRun":"6f1c0e2d9b7a4c55",
        "payload":"g {{Packet}} 2 bob 25 1771286401000",
        "resolvedAt":null,"resolution":null,"acknowledgedAt":null,"replays":0}
        """;

    private const string Unreadable = $$"""
        {"id":2,"reason":"unreadable","detail":"{{Chunk.WhyUnreadable}}","packetId":null,"entry":"unknown","ordinal":0,
        "userId":null,"amountFen":null,"parkedAt":"2026-02-17T00:00:02.000Z","publishedAt":null,"traceparent":null,"lostRun":null,
        "payload":"?","resolvedAt":null,"resolution":null,"acknowledgedAt":null,"replays":0}
        """;

    private const string Standing = """
        {"id":7,"userId":"alice","amountFen":25,"grantedAt":"2026-02-17T00:00:03.000Z","settledAt":"2026-02-17T00:00:03.100Z"}
        """;

    private const string Paid = """
        {"id":9,"userId":"bob","amountFen":25,"grantedAt":"2026-02-17T00:00:01.000Z","settledAt":"2026-02-17T00:05:00.000Z"}
        """;

    private static readonly string s_resolved = Parked.Replace(
        """
        "resolvedAt":null,"resolution":null
        """,
        """
        "resolvedAt":"2026-02-17T00:05:00.000Z","resolution":"made_good"
        """, StringComparison.Ordinal);

    public static void DescribeRepairs(this RouteHandlerBuilder call) => call
        .WithSummary("Put back into the outbox what outbox, ledger and parked entries all lack. A dry run unless dryRun is false.")
        .WithRequest("""{"dryRun":true,"totals":false}""")
        .WithAnswer(200, $$"""
            {"dryRun":true,"found":1,"issued":0,"entries":[{"entry":"grab","packetId":"{{Packet}}","userId":"bob","ordinal":3,
            "amountFen":35,"grantedAt":"2026-02-17T00:00:02.000Z"}],"accounts":null}
            """, name: "dryRun", description: "At most 1000 entries by name. accounts is null unless totals is true.")
        .WithAnswer(200, """
            {"dryRun":false,"found":0,"issued":0,"entries":[],
            "accounts":[{"account":"wallet:bob","debits":0,"credits":42,"rowDebits":0,"rowCredits":35}]}
            """, name: "totals")
        .WithProblems("totals_refused", "store_unavailable", "store_volatile", "ledger_unavailable", "gate_closed");

    public static void DescribeParked(this RouteHandlerBuilder call) => call
        .WithSummary("List parked entries with their reasons.")
        .WithInput("reason", "query", JsonSchemaType.String,
            "unreadable, conflict, refused or key_taken; all by default.")
        .WithInput("resolved", "query", JsonSchemaType.Boolean,
            "true: the resolved entries; false, the default: the pending ones.")
        .WithInput("unacknowledged", "query", JsonSchemaType.Boolean,
            "true: only payments of the repair loop that no operator has acknowledged.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The page begins after this id: next of the page before.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 100; 100 by default.")
        .WithAnswer(200, $$"""{"parked":[{{Parked}},{{Unreadable}}],"total":2,"next":null}""")
        .WithProblems("page_invalid", "query_invalid", "ledger_unavailable");

    public static void DescribeGroups(this RouteHandlerBuilder call) => call
        .WithSummary("The pending parked entries in groups, by reason, kind and detail. Largest first.")
        .WithAnswer(200, """
            {"groups":[{"reason":"conflict","entry":"grab","detail":"… fen in the ledger, … here","count":12,"amountFen":4200,
            "firstAt":"2026-02-17T00:00:02.000Z","lastAt":"2026-02-17T00:05:02.000Z","replays":3,"firstId":7}],"isWhole":true}
            """, description: "detail is what the details have in common, without numbers and names. "
                + "isWhole is false when there are more than 100,000 different details.")
        .WithProblems("ledger_unavailable");

    public static void DescribeOneParked(this RouteHandlerBuilder call) => call
        .WithSummary("One parked entry, with what the ledger has in its place and what was paid for it.")
        .WithAnswer(200, $$"""{"parked":{{Parked}},"standing":{{Standing}},"adjustment":null}""", name: "pending",
            description: "standing: the transfer that the ledger has in its place. adjustment: the transfer that paid it. Or null.")
        .WithAnswer(200, $$"""{"parked":{{s_resolved}},"standing":null,"adjustment":{{Paid}}}""", name: "paid")
        .WithProblems("parked_unknown", "ledger_unavailable");

    public static void DescribeCorrections(this RouteHandlerBuilder call) => call
        .WithSummary("Pay parked shares by a new transfer. A dry run unless dryRun is false.")
        .WithRequest("""{"ids":[1,2],"dryRun":false}""")
        .WithAnswer(200, $$"""
            {"dryRun":false,"corrected":[{"id":1,"packetId":"{{Packet}}","userId":"bob","amountFen":25,"resolution":"made_good"}],
            "skipped":[{"id":2,"reason":"unreadable"}],"madeGoodFen":25}
            """, description: "resolution is made_good, or has_a_share when no money moved. "
                + "An entry is skipped as unreadable, not_a_grab, amount_out_of_range, not_parked or shard_away.")
        .WithProblems("totals_refused", "gate_closed", "store_unavailable", "store_volatile", "ledger_unavailable");

    public static void DescribeDismissals(this RouteHandlerBuilder call) => call
        .WithSummary("End parked entries that the books do not need: funds, refunds, lines that cannot be read, impossible shares.")
        .WithRequest("""{"ids":[1,2],"reason":"sent by a test program"}""")
        .WithAnswer(200, """{"dismissed":[1],"skipped":[{"id":2,"reason":"not_parked"}]}""",
            description: "An entry is skipped as not_parked or shard_away. One that may not be dismissed refuses the whole call.")
        .WithProblems("reason_invalid", "parked_share", "parked_needed", "gate_closed", "store_unavailable", "ledger_unavailable");

    public static void DescribeAcknowledgement(this RouteHandlerBuilder call) => call
        .WithSummary("Acknowledge payments of the repair loop, by ids or all. The report shows them no longer, and no money moves.")
        .WithRequest("""{"ids":[1,2]}""")
        .WithAnswer(200, """{"acknowledged":[1],"skipped":[{"id":2,"reason":"not_a_payment"}]}""",
            description: "An entry is skipped as not_a_payment, or as already_acknowledged when an operator has made or acknowledged it.")
        .WithProblems("ledger_unavailable");

    public static void DescribeReplays(this RouteHandlerBuilder call) => call
        .WithSummary("Send parked entries to the ledger again, by ids or all.")
        .WithRequest("""{"ids":[1,2]}""")
        .WithAnswer(200, """{"replayed":[1],"skipped":[{"id":2,"reason":"not_the_packets_own"}]}""",
            description: "An entry is skipped as unreadable, packet_unknown, not_the_packets_own, on_its_way, not_parked or shard_away.")
        .WithProblems("totals_refused", "gate_closed", "store_unavailable", "store_volatile", "ledger_unavailable");
}
