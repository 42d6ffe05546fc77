using System.Globalization;
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
    /// <summary>
    /// After this time a ping goes out in place of the sample: it keeps proxies from cutting the stream, and finds
    /// clients that have gone.
    /// </summary>
    private static readonly TimeSpan s_pingAfter = 2 * LiveSampler.Every;

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
            .WithAnswer(200, Example, "text/event-stream",
                "Server-sent events: first history, an array of the samples of up to five minutes; then live once a second, or ping.");

    private static IResult Stream(
        HttpContext context, LiveSampler sampler, StreamLimit limit, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        // A proxy that buffers answers would turn seconds into minutes.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (EdgeMiddleware.IsForHead(context))
            return Results.Bytes([], "text/event-stream");
        if (limit.TryOpen(context) is { } refusal)
            return refusal;
        return TypedResults.ServerSentEvents(Events(sampler, clock, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private static async IAsyncEnumerable<SseItem<string>> Events(
        LiveSampler sampler, TimeProvider clock, CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone)
    {
        using var listener = sampler.Listen();
        yield return new SseItem<string>($"[{string.Join(',', listener.History.Select(sample => sample.Json))}]", "history");
        // A stop ends the streams immediately. Open streams would delay it until its time limit.
        while (!stopping.IsCancellationRequested && !gone.IsCancellationRequested)
        {
            var sample = await Sample(listener, clock, stopping, gone);
            if (stopping.IsCancellationRequested || gone.IsCancellationRequested)
                yield break;
            yield return sample is null
                ? new SseItem<string>(clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), "ping")
                : new SseItem<string>(sample.Json, "live");
        }
    }

    /// <summary>Null when none came in time, or the stream ends.</summary>
    private static async Task<LiveSample?> Sample(
        LiveSampler.Listener listener, TimeProvider clock, CancellationToken stopping, CancellationToken gone)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        try
        {
            var sample = await listener.Next.WaitAsync(s_pingAfter, clock, end.Token);
            listener.Move();
            return sample;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }
}
