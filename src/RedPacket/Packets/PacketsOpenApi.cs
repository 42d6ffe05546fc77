using Microsoft.OpenApi;
using RedPacket.Http;
using RedPacket.Http.Limits;

namespace RedPacket.Packets;

/// <summary>The description of this room's calls in <c>/openapi/v1.json</c>.</summary>
internal static class PacketsOpenApi
{
    private const string Terms = $$"""
        "packetId":"{{OpenApiMetadata.ExamplePacketId}}","senderId":"alice","kind":"lucky","amountFen":10000,"count":100,"greeting":"恭喜发财",
        "createdAt":"2026-02-17T00:00:00.000Z","expiresAt":"2026-02-18T00:00:00.000Z"
        """;

    private const string Open = $$"""
        {{Terms}},"state":"open","grabbedCount":1,"grabbedFen":61,"leftFen":9939,"refundedFen":0,"luckiest":null
        """;

    private const string Expired = $$"""
        {{Terms}},"state":"expired","grabbedCount":1,"grabbedFen":61,"leftFen":0,"refundedFen":9939,
        "luckiest":{"userId":"bob","amountFen":61}
        """;

    private const string Change = """
        {"state":"open","grabbedCount":2,"grabbedFen":120,"leftFen":9880,"refundedFen":0,"luckiest":null,
        "grabs":[{"ordinal":2,"userId":"carol","amountFen":59,"grabbedAt":"2026-02-17T00:00:02.345Z","settled":false}],"settled":[1]}
        """;

    public static void DescribeSend(this RouteHandlerBuilder send) => send
        .WithTags("Packets").WithSummary("Send a packet: put money into an envelope for many people.")
        .WithInput(IdempotencyHeaders.Key, "header", JsonSchemaType.String,
            "1 to 200 visible ASCII characters, scoped to the sender. The same key and content again: the same packet.", required: true)
        .WithRequest("""{"kind":"lucky","amountFen":10000,"count":100,"greeting":"恭喜发财","expiresInSeconds":86400}""",
            "kind", "amountFen", "count")
        .WithAnswer(StatusCodes.Status201Created, $$"""{{{Terms}},"state":"open"}""",
            description: "The packet. The header Idempotent-Replayed: true says that an earlier call made it.")
        .WithProblems("kind_unknown", "amount_out_of_range", "count_out_of_range", "not_divisible", "expiry_out_of_range",
            "greeting_invalid", "key_missing", "key_invalid", "key_reused", "outbox_full", "packet_damaged", "gate_closed",
            "store_unavailable", "store_volatile", "limit_reached");

    public static void DescribeOne(this RouteHandlerBuilder one) => one
        .WithTags("Packets").WithSummary("Look at a packet and a page of its shares.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The ordinal after which the page begins; 0 by default.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "1 to 100 shares; 100 by default.")
        .WithAnswer(StatusCodes.Status200OK, WithShare(Open, "false"), name: PacketState.Open,
            description: "luckiest is null while the packet is open. settled: whether the ledger has the share; null: unknown.")
        .WithAnswer(StatusCodes.Status200OK, WithShare(Expired, "true"), name: PacketState.Expired)
        .WithAnswer(StatusCodes.Status200OK, WithShare(Expired, "null"), name: "ledgerUnread")
        .WithProblems("packet_id_invalid", "page_invalid", "packet_unknown", "packet_archived", "packet_damaged", "gate_closed",
            "store_unavailable", "ledger_unavailable");

    public static void DescribeLive(this RouteHandlerBuilder live) => live
        .WithTags("Packets").WithSummary("Watch a packet: each share within a second of its grab.")
        .WithAnswer(StatusCodes.Status200OK, Change, EventStreams.MediaType,
            "Server-sent events: first packet, the packet with its newest 1,000 shares; then change, or ping every two seconds. "
            + "The answer ends when the packet is closed and the ledger has these shares.")
        .WithProblems("packet_id_invalid", "packet_unknown", "packet_archived", "packet_damaged", "gate_closed",
            "store_unavailable", "ledger_unavailable", "streams_full");

    public static void DescribeNewest(this RouteHandlerBuilder newest) => newest
        .WithTags("Packets").WithSummary("List packets that are not archived, newest first. For operators.")
        .WithInput("state", "query", JsonSchemaType.String, "open, emptied or expired; all by default.")
        .WithInput("after", "query", JsonSchemaType.String,
            "The page begins after this packet: next of the page before.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "1 to 100 packets; 100 by default.")
        .WithAnswer(StatusCodes.Status200OK, $$"""{"packets":[{{{Open}},"grabs":null},{{{Expired}},"grabs":null}],"next":null}""")
        .WithProblems("state_invalid", "packet_id_invalid", "page_invalid", "store_unavailable");

    private static string WithShare(string packet, string settled) => $$"""
        {{{packet}},"grabs":[{"ordinal":1,"userId":"bob","amountFen":61,"grabbedAt":"2026-02-17T00:00:01.234Z","settled":{{settled}}}]}
        """;
}
