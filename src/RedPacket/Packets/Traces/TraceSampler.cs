using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace RedPacket.Packets.Traces;

/// <summary>
/// Chooses the grabs whose shares are followed to the ledger: those whose caller asks for it by the flag of
/// <c>traceparent</c>, and one in many of the others, by the trace id.
/// </summary>
internal sealed class TraceSampler(IOptions<TracesOptions> options, TimeProvider clock)
{
    private long _second;
    private int _followed;

    /// <summary>
    /// The beginning of the share's <see cref="ClaimTrace"/>, with the trace of the present request; null for a grab that
    /// is not followed.
    /// </summary>
    public string? Begin()
    {
        var request = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current : null;
        var traceId = request?.TraceId ?? ActivityTraceId.CreateRandom();
        if ((request?.Recorded != true && !options.Value.Choose(traceId)) || !HasRoom())
            return null;
        return ClaimTrace.Join(
            request?.Id ?? $"00-{traceId.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-00", clock.GetUtcNow());
    }

    private bool HasRoom()
    {
        var second = clock.GetTimestamp() / clock.TimestampFrequency;
        if (Interlocked.Exchange(ref _second, second) != second)
            Volatile.Write(ref _followed, 0);
        return Interlocked.Increment(ref _followed) <= options.Value.MostPerSecond;
    }
}
