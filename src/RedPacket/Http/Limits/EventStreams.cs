using System.Globalization;
using System.Net.ServerSentEvents;

namespace RedPacket.Http.Limits;

/// <summary>Answers that end when the client or the process ends them, as server-sent events.</summary>
internal sealed class EventStreams(TimeProvider clock, IHostApplicationLifetime lifetime)
{
    public const string MediaType = "text/event-stream";
    private static readonly TimeSpan s_pingAfter = TimeSpan.FromSeconds(2);

    /// <summary>Answers with the events, and HEAD with none.</summary>
    /// <param name="events">
    /// The events until the token is cancelled: the client has gone, or the process stops. Open streams would delay a stop until its time
    /// limit.
    /// </param>
    public IResult Answer(HttpContext context, Func<CancellationToken, IAsyncEnumerable<SseItem<string>>> events)
    {
        // A proxy that buffers answers would turn seconds into minutes.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (EdgeMiddleware.IsForHead(context))
            return Results.Bytes([], MediaType);
        var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, context.RequestAborted);
        context.Response.RegisterForDispose(end);
        return TypedResults.ServerSentEvents(events(end.Token));
    }

    /// <summary>
    /// Waits for what comes next. False when a <see cref="Ping"/> is due instead. It throws nothing when the stream ends, so the caller
    /// looks at <paramref name="end"/> first.
    /// </summary>
    public async Task<bool> Arrives(Task next, CancellationToken end)
    {
        await next.WaitAsync(s_pingAfter, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return next.IsCompleted;
    }

    /// <summary>Keeps proxies from cutting the stream, and finds clients that have gone. Its data is the time in ms.</summary>
    public SseItem<string> Ping() =>
        new(clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), "ping");
}
