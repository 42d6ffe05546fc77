using System.Diagnostics.Metrics;
using RedPacket.Hosting;

namespace RedPacket.Http;

/// <summary>
/// Counts the callers who were refused: without a valid token, without the role, or over the rate. Logs one of them a
/// second at most, so that nobody can fill the disk with refusals.
/// </summary>
internal sealed class CallerRefusals(TimeProvider clock, ILogger<CallerRefusals> logger)
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(1);

    private static readonly Counter<long> s_refused = Instrumentation.Meter.CreateCounter<long>(
        "redpacket.callers.refused", "{request}", "Requests whose caller was refused, by code");

    private long _unlogged;
    private long _nextLogAt;

    /// <summary>Takes note of an answer that was sent. Ignores all that are no refusal of a caller.</summary>
    public void Note(HttpContext context)
    {
        if (context.Response.StatusCode is not (401 or 403 or 429))
            return;
        // A refusal by another process has its problem in the body that is passed on.
        var code = Problem.SentBy(context)?.Code ?? "forwarded";
        s_refused.Add(1, new KeyValuePair<string, object?>("code", code));
        var now = clock.GetUtcNow().UtcTicks;
        var nextAt = Volatile.Read(ref _nextLogAt);
        if (now < nextAt || Interlocked.CompareExchange(ref _nextLogAt, now + s_logEvery.Ticks, nextAt) != nextAt)
        {
            Interlocked.Increment(ref _unlogged);
            return;
        }
        var user = context.UserId();
        logger.CallerRefused(
            RedPacket.UserId.IsValid(user) ? user : "-", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-",
            context.Connection.RemoteIpAddress?.ToString(), context.Response.StatusCode, code,
            Problem.TraceOf(context), Interlocked.Exchange(ref _unlogged, 0));
    }
}
