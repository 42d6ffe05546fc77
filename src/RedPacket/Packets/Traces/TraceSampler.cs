using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace RedPacket.Packets.Traces;

/// <summary>
/// Chooses the grabs whose shares are followed to the ledger: those whose request is recorded, because its caller or the
/// collector's sampler says so, and one of so many that come without a trace.
/// </summary>
internal sealed class TraceSampler(IOptions<TracesOptions> options, TimeProvider clock)
{
    /// <summary>Of this process. A caller who asks for every share makes packets larger, but not without end.</summary>
    public const int MostPerSecond = 1000;
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
        if (request?.Recorded != true && (request?.ParentId is not null || !options.Value.Choose(traceId)))
            return null;
        if (!HasRoom())
            return null;
        return ClaimTrace.Join(
            request?.Id ?? $"00-{traceId.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-00", clock.GetUtcNow());
    }

    private bool HasRoom()
    {
        var second = clock.GetTimestamp() / clock.TimestampFrequency;
        if (Interlocked.Exchange(ref _second, second) != second)
            Volatile.Write(ref _followed, 0);
        return Interlocked.Increment(ref _followed) <= MostPerSecond;
    }
}
