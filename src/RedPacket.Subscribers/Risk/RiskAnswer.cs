using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Subscribers.Risk;

/// <summary>The answer of <c>GET /api/v1/risk</c>, through a transfer of the ledger.</summary>
internal sealed record RiskAnswer(long Position, RiskLimits Limits, IReadOnlyList<Finding> Findings);

/// <summary>The limits that this answer was made with: see <see cref="RiskOptions"/>.</summary>
internal sealed record RiskLimits(int WinsPerMinute, int PacketsOfASender, int RingPackets);

/// <summary>Something that people should look at.</summary>
/// <param name="Users">The winner; the winner and the sender; or both of a ring.</param>
/// <param name="Count">The most shares in a minute; packets of the sender; or packets of the ring, both ways.</param>
internal sealed record Finding(string Reason, IReadOnlyList<string> Users, long Count, DateTimeOffset FirstAt, DateTimeOffset LastAt)
{
    public const string ManyWinsInAMinute = "many_wins_in_a_minute";
    public const string ManyPacketsOfASender = "many_packets_of_a_sender";
    public const string Ring = "ring";
}

internal static class RiskOpenApi
{
    public static void DescribeRisk(this RouteHandlerBuilder call) => call
        .WithSummary("Users who win in unlikely ways, for people to look at.")
        .WithAnswer(200, """
            {"position":1200,"limits":{"winsPerMinute":30,"packetsOfASender":100,"ringPackets":10},
            "findings":[{"reason":"ring","users":["alice","bob"],"count":24,"firstAt":"2026-02-17T00:00:02.000Z",
            "lastAt":"2026-02-17T03:00:00.000Z"}]}
            """, description: "reason is many_wins_in_a_minute, many_packets_of_a_sender or ring. At most 100 of each, the largest first.")
        .WithProblems("query_unknown", "room_unavailable");
}

[JsonSerializable(typeof(RiskAnswer))]
internal sealed partial class RiskJson : JsonSerializerContext
{
    public static readonly RiskJson Readable = new(ReadableJson.Options());
}
