using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Subscribers.Statistics;

/// <summary>The answer of <c>GET /api/v1/statistics</c>, through a transfer of the ledger.</summary>
/// <param name="Minutes">The last ones in which a share was granted, newest first.</param>
/// <param name="Histogram">Shares of packets that have nothing more to give, by their part of the packet's mean.</param>
/// <param name="Luckiest">The largest share of each hour, newest first.</param>
/// <param name="Senders">Those who sent most.</param>
internal sealed record StatisticsAnswer(
    long Position, long Shares, long GrantedFen, IReadOnlyList<MinuteLine> Minutes, IReadOnlyList<HistogramBar> Histogram,
    IReadOnlyList<LuckiestLine> Luckiest, IReadOnlyList<SenderLine> Senders);

internal sealed record MinuteLine(DateTimeOffset Minute, long Shares, long GrantedFen);

/// <summary>Shares from a part of the mean up to below another; the last bar has no end.</summary>
internal sealed record HistogramBar(long FromPercent, long? ToPercent, long Shares);

internal sealed record LuckiestLine(DateTimeOffset Hour, string UserId, long AmountFen, string PacketId);

internal sealed record SenderLine(string UserId, long Packets, long SentFen);

internal static class StatisticsOpenApi
{
    public static void DescribeStatistics(this RouteHandlerBuilder call) => call
        .WithSummary("Shares of each minute, how far they are from the mean of their packet, the luckiest of each hour, top senders.")
        .WithAnswer(200, $$"""
            {"position":1200,"shares":1000,"grantedFen":100000,
            "minutes":[{"minute":"2026-02-17T00:01:00.000Z","shares":1000,"grantedFen":100000}],
            "histogram":[{"fromPercent":90,"toPercent":100,"shares":40},{"fromPercent":300,"toPercent":null,"shares":3}],
            "luckiest":[{"hour":"2026-02-17T00:00:00.000Z","userId":"bob","amountFen":813,
            "packetId":"{{OpenApiMetadata.ExamplePacketId}}"}],
            "senders":[{"userId":"alice","packets":200,"sentFen":100000}]}
            """, description: "Of the last 60 minutes and 24 hours with shares. The histogram has packets that have nothing more to give.")
        .WithProblems("query_unknown", "room_unavailable");
}

[JsonSerializable(typeof(StatisticsAnswer))]
internal sealed partial class StatisticsJson : JsonSerializerContext
{
    public static readonly StatisticsJson Readable = new(ReadableJson.Options());
}
