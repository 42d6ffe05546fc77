using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Packets;

/// <summary>A packet as <c>POST /api/v1/packets</c> answers it.</summary>
internal sealed record SentAnswer(string PacketId, string SenderId, string Kind, long AmountFen, int Count, string Greeting,
    string CreatedAt, string ExpiresAt, string State);

/// <summary>
/// A packet as <c>GET /api/v1/packets/{packetId}</c> answers it: the above, what became of it, and a page of its
/// claims.
/// </summary>
internal sealed record PacketAnswer(string PacketId, string SenderId, string Kind, long AmountFen, int Count, string Greeting,
    string CreatedAt, string ExpiresAt, string State,
    int GrabbedCount, long GrabbedFen, long LeftFen, long RefundedFen, LuckiestAnswer? Luckiest, IReadOnlyList<GrabAnswer>? Grabs);

/// <summary>The largest share of a closed packet; of equals the first.</summary>
internal sealed record LuckiestAnswer(string UserId, long AmountFen);

/// <summary>One claim. <c>settled</c> is null when the ledger cannot be read.</summary>
internal sealed record GrabAnswer(int Ordinal, string UserId, long AmountFen, string GrabbedAt, bool? Settled);

/// <summary>What became of a watched packet since the event before: new shares, and shares that the ledger has now.</summary>
internal sealed record PacketChangeAnswer(string State, int GrabbedCount, long GrabbedFen, long LeftFen, long RefundedFen,
    LuckiestAnswer? Luckiest, IReadOnlyList<GrabAnswer> Grabs, IReadOnlyList<int> Settled);

/// <summary>A page of packets, newest first; <c>after</c> of the next page is <c>next</c>, null on the last.</summary>
internal sealed record PacketListAnswer(IReadOnlyList<PacketAnswer> Packets, string? Next);

[JsonSerializable(typeof(SentAnswer))]
[JsonSerializable(typeof(PacketAnswer))]
[JsonSerializable(typeof(PacketChangeAnswer))]
[JsonSerializable(typeof(PacketListAnswer))]
internal sealed partial class PacketAnswersJson : JsonSerializerContext
{
    public static readonly PacketAnswersJson Readable = new(ReadableJson.Options());
}
