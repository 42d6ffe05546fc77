using static RedPacket.Http.Call;

namespace RedPacket.Http;

/// <summary>Sends, grabs and looks at packets, described.</summary>
internal static class PacketCalls
{
    private const string Tag = "Packets";

    private const string Sent = """
        {"packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","senderId":"alice","kind":"lucky","amountFen":10000,"count":100,"greeting":"恭喜发财",
        "createdAt":"2026-02-17T00:00:00.000Z","expiresAt":"2026-02-18T00:00:00.000Z","state":"open"}
        """;

    private const string Closed = """
        {"packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","senderId":"alice","kind":"lucky","amountFen":200,"count":2,"greeting":"",
        "createdAt":"2026-02-17T00:00:00.000Z","expiresAt":"2026-02-18T00:00:00.000Z","state":"emptied","grabbedCount":2,"grabbedFen":200,"leftFen":0,"refundedFen":0,
        "luckiest":{"userId":"bob","amountFen":123},
        "grabs":[{"ordinal":1,"userId":"bob","amountFen":123,"grabbedAt":"2026-02-17T00:00:01.000Z","settled":true}]}
        """;

    private static readonly DescribedInput s_limit = Query("limit", "1 to 100; 100 by default.");

    public static readonly Call Send = new(Tag, "Send a packet",
        new DescribedInput("Idempotency-Key", "header", "1 to 200 visible ASCII characters, your own for each packet: sending again with it makes no second packet.", true),
        new DescribedRequest("""{"kind":"lucky","amountFen":10000,"count":100,"greeting":"恭喜发财","expiresInSeconds":86400}""", ["kind", "amountFen", "count"]),
        Answer(201, Sent, "The packet; with Idempotent-Replayed: true when this key has made it before."),
        Refusals("amount_out_of_range", "count_out_of_range", "not_divisible", "kind_unknown", "expiry_out_of_range", "greeting_invalid", "key_missing", "key_invalid", "key_reused",
            "outbox_full", "gate_closed", "store_unavailable"));

    public static readonly Call Grab = new(Tag, "Grab a share; asking again answers the same share",
        Answer(200, """{"packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","userId":"bob","outcome":"won","amountFen":123,"ordinal":1,"grabbedAt":"2026-02-17T00:00:01.000Z"}""", "won"),
        Answer(200, """{"packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","userId":"bob","outcome":"emptied"}""", "emptied"),
        Answer(200, """{"packetId":"0-019a5a7c8d2e7c4f9b1e3a5d6f708192","userId":"bob","outcome":"expired"}""", "expired"),
        Refusals("packet_id_invalid", "packet_unknown", "packet_archived", "body_not_allowed", "outbox_full", "gate_closed", "store_unavailable", "packet_damaged"));

    public static readonly Call One = new(Tag, "Look at a packet and a page of its claims",
        Query("after", "An ordinal: the page begins behind it; 0 by default."), s_limit, Answer(200, Closed),
        Refusals("packet_id_invalid", "page_invalid", "packet_unknown", "packet_archived", "packet_damaged", "store_unavailable"));

    public static readonly Call Newest = new(Tag, "List the packets that are not archived, newest first",
        Query("state", "open, emptied or expired."), Query("after", "A packet's id: the page begins behind it."), s_limit,
        Answer(200, $$"""{"packets":[{{Closed[..Closed.IndexOf("\"grabs\"", StringComparison.Ordinal)]}}"grabs":null}],"next":null}"""),
        Refusals("state_invalid", "packet_id_invalid", "page_invalid", "store_unavailable"));
}
