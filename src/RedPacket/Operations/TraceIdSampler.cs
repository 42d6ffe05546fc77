using System.Diagnostics;
using OpenTelemetry.Trace;
using RedPacket.Packets.Traces;

namespace RedPacket.Operations;

/// <summary>
/// Which spans are kept. A caller's flag keeps a trace, and so does the trace id of one in many. Every process decides alike,
/// and <see cref="TraceSampler"/> too. Spans of chunks are roots, and all of them are kept, because a claim's timeline names
/// the trace of its chunk.
/// </summary>
internal sealed class TraceIdSampler(TracesOptions options) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => new(
        IsKept(samplingParameters) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool IsKept(in SamplingParameters span)
    {
        var isRoot = span.ParentContext.TraceId == default;
        return (isRoot ? span.Kind != ActivityKind.Server : span.ParentContext.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
            || options.Choose(span.TraceId);
    }
}
