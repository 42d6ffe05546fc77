using Microsoft.OpenApi;
using RedPacket.Http;

namespace RedPacket.Feed;

/// <summary>The description of this room's calls in <c>/openapi/v1.json</c>.</summary>
internal static class FeedOpenApi
{
    private const string Agrees = """
        {"name":"statistics","position":7,"grabs":1,"grantedFen":35,"ledgerGrabs":1,"ledgerGrantedFen":35,"head":9,"state":"agrees",
        "reportedAt":"2026-02-17T00:00:03.000Z"
        """;

    private const string Grab = $$"""{"id":7,"kind":"grab","packetId":"{{OpenApiMetadata.ExamplePacketId}}","ordinal":3,"userId":"bob","""
        + """ "amountFen":35,"grantedAt":"2026-02-17T00:00:02.000Z","settledAt":"2026-02-17T00:00:02.100Z" """;

    private const string Followed = """ "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" """;

    private const string Ahead = """
        {"name":"risk","position":12,"grabs":3,"grantedFen":99,"ledgerGrabs":null,"ledgerGrantedFen":null,"head":9,"state":"ahead",
        "reportedAt":"2026-02-17T00:00:03.000Z"
        """;

    public static void DescribeFeed(this RouteHandlerBuilder call) => call
        .WithSummary("All transfers in the ledger's order, for programs that follow it.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The page begins after this id: next of the page before; 0 by default.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 1000; 100 by default.")
        .WithInput("kind", "query", JsonSchemaType.String, "Only fund, grab, refund or adjust.")
        .WithInput("ledger", "query", JsonSchemaType.Integer, "The number of the ledger: 0, the only one.")
        .WithInput("format", "query", JsonSchemaType.String,
            "json (default) or ndjson; Accept chooses too. ndjson has all transfers up to the newest, or one page with limit.")
        .WithAnswer(200, $$"""
            {"ledger":0,"transfers":[{"id":6,"kind":"fund","packetId":"{{OpenApiMetadata.ExamplePacketId}}","ordinal":null,
            "userId":"alice","amountFen":100,"grantedAt":"2026-02-17T00:00:01.000Z","settledAt":"2026-02-17T00:00:01.100Z"},
            {"id":7,"kind":"grab","packetId":"{{OpenApiMetadata.ExamplePacketId}}","ordinal":3,"userId":"bob","amountFen":35,
            "grantedAt":"2026-02-17T00:00:02.000Z","settledAt":"2026-02-17T00:00:02.100Z",{{Followed}}}],"next":7,"head":7}
            """, description: "Ids have no gaps. When next equals head, the page has reached the newest transfer. "
                + "Only the grab of a followed share has traceparent.")
        .WithAnswer(200, Grab + "}", FeedEndpoint.Lines, name: "grab", description: "A line for each transfer.")
        .WithAnswer(200, $"{Grab},{Followed}}}", FeedEndpoint.Lines, name: "followed")
        .WithProblems("page_invalid", "query_invalid", "format_invalid", "ledger_unavailable");

    public static void DescribeSubscribers(this RouteHandlerBuilder call) => call
        .WithSummary("The programs that follow the ledger: how far each is, and whether its sums are the ledger's.")
        .WithAnswer(200, $$"""
            {"subscribers":[{{Ahead}},"rowsBehind":0,"secondsBehind":null},{{Agrees}},"rowsBehind":2,"secondsBehind":0.412}],"head":9}
            """)
        .WithProblems("ledger_unavailable");

    public static void DescribeReport(this RouteHandlerBuilder call) => call
        .WithSummary("A subscriber says how far it is, and its own sums over all grabs through that transfer.")
        .WithRequest("""{"position":7,"grabs":1,"grantedFen":35}""", "position", "grabs", "grantedFen")
        .WithAnswer(200, Agrees + "}", name: "agrees",
            description: "state is agrees, drifted (the ledger has other sums), "
                + "or ahead (the ledger has no such transfer: it was restored).")
        .WithAnswer(200, Ahead + "}", name: "ahead")
        .WithProblems("subscriber_invalid", "position_out_of_range", "ledger_unavailable");

    public static void DescribeForgetting(this RouteHandlerBuilder call) => call
        .WithSummary("Forget a subscriber that is not used any more. Audited.")
        .WithAnswer(204, "", description: "It is forgotten.")
        .WithProblems("subscriber_invalid", "subscriber_unknown", "ledger_unavailable");
}
