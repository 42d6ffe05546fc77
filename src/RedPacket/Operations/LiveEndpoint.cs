using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using RedPacket.Http;
using RedPacket.Http.Limits;

namespace RedPacket.Operations;

/// <summary>
/// <c>GET /api/v1/live</c>, server-sent events: first <c>history</c>, an array of the samples of up to five minutes,
/// then <c>live</c> once a second, or <c>ping</c> when there is no sample. No value names a packet or a user, so
/// anybody may listen.
/// </summary>
internal static class LiveEndpoint
{
    private const string Example = """
        {"at":"2026-02-17T00:00:00.000Z","rates":{"granted":12000.0,"settled":11800.0},
        "totals":{"packets":3,"granted":120000,"grantedFen":4711000,"settled":118003},"outbox":2000,"queue":1000,"lagMs":170,
        "verdict":"CONVERGING","grabs":{"perSecond":12010.0,"p50Ms":1.9,"p99Ms":7.4,"refused":0},"slow":0,"parked":0,
        "gate":"open","store":"up","bus":"up","ledger":"up","cpu":1.42,"consistentForMs":null,"convergingForMs":4000}
        """;

    public static void MapLive(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/live", Stream)
            .AllowAnonymous().WithProblems("streams_full").WithTags("Operations")
            .WithSummary("Live numbers: rates, times, outbox, queue, lag, parts and verdict.")
            .WithAnswer(200, Example, EventStreams.MediaType,
                "Server-sent events: first history, an array of the samples of up to five minutes; then live once a second, or ping.");

    private static IResult Stream(HttpContext context, LiveSampler sampler, StreamLimit limit, EventStreams streams) =>
        limit.TryOpen(context) ?? streams.Answer(context, end => Events(sampler, streams, end));

    private static async IAsyncEnumerable<SseItem<string>> Events(
        LiveSampler sampler, EventStreams streams, [EnumeratorCancellation] CancellationToken end)
    {
        using var listener = sampler.Listen();
        yield return new SseItem<string>($"[{string.Join(',', listener.History.Select(sample => sample.Json))}]", "history");
        while (true)
        {
            var arrived = await streams.Arrives(listener.Next, end);
            if (end.IsCancellationRequested)
                yield break;
            if (!arrived)
            {
                yield return streams.Ping();
                continue;
            }
            var sample = await listener.Next;
            listener.Move();
            yield return new SseItem<string>(sample.Json, "live");
        }
    }
}
