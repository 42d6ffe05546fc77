using Microsoft.OpenApi;
using RedPacket.Http;

namespace RedPacket.Wallets;

/// <summary>The description of this room's calls in <c>/openapi/v1.json</c>.</summary>
internal static class WalletsOpenApi
{
    public static void DescribeBalance(this RouteHandlerBuilder call) => call
        .WithSummary("The ledger's balance of a user: your own, or any for an operator.")
        .WithAnswer(200, """{"userId":"bob","settledFen":61,"pendingFen":35,"settledThrough":"2026-02-17T00:00:02.000Z"}""", name: "usual",
            description: "settledFen is the ledger's balance, and has everything granted up to settledThrough. pendingFen is what was "
                + "granted and is not in the ledger yet. It is null while that is not known. Both are null when Redis cannot be read.")
        .WithAnswer(200, """{"userId":"bob","settledFen":61,"pendingFen":null,"settledThrough":null}""", name: "redisUnread")
        .WithProblems("forbidden", "ledger_unavailable");

    public static void DescribeStatement(this RouteHandlerBuilder call) => call
        .WithSummary("A wallet's transfers, in ledger order or newest first.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The page begins after this id: next of the page before.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 100; 100 by default.")
        .WithInput("order", "query", JsonSchemaType.String, "oldest (default) or newest first.")
        .WithInput("from", "query", JsonSchemaType.String,
            "Only what was granted then or later: a day (from midnight UTC) or a time with its zone.")
        .WithInput("to", "query", JsonSchemaType.String, "Only what was granted before: a day or a time.")
        .WithInput("format", "query", JsonSchemaType.String,
            "json (default) or csv; Accept chooses too. CSV has all transfers, or one page with limit.")
        .WithAnswer(200, $$"""
            {"userId":"bob","transfers":[{"id":7,"kind":"grab","packetId":"{{OpenApiMetadata.ExamplePacketId}}","ordinal":3,"amountFen":35,
            "grantedAt":"2026-02-17T00:00:02.000Z","settledAt":"2026-02-17T00:00:02.100Z"},{"id":9,"kind":"adjust",
            "packetId":"0-019b0c6e4a507c6d9f1a2b3c4d5e6f71","ordinal":null,"amountFen":25,"grantedAt":"2026-02-17T00:00:01.000Z",
            "settledAt":"2026-02-17T00:05:00.000Z"}],"next":null}
            """, description: "kind is grab, refund or adjust; ordinal is null for the last two.")
        .WithAnswer(200, $$"""
            id,kind,packetId,ordinal,amountFen,grantedAt,settledAt,amountYuan
            7,grab,{{OpenApiMetadata.ExamplePacketId}},3,35,2026-02-17T00:00:02.000Z,2026-02-17T00:00:02.100Z,0.35
            end,1,,,,,,
            """, CsvFile.MediaType, description: "The last line has the number of lines before it: a file without it is cut.")
        .WithProblems("page_invalid", "query_invalid", "format_invalid", "forbidden", "ledger_unavailable");
}
