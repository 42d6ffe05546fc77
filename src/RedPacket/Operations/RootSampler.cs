using System.Diagnostics;
using OpenTelemetry.Trace;
using RedPacket.Packets.Traces;

namespace RedPacket.Operations;

/// <summary>
/// Which traces that begin here are kept: some of the requests, and all chunks, because a claim's timeline names the trace
/// of its chunk.
/// </summary>
internal sealed class RootSampler(TracesOptions options) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => new(
        samplingParameters.Kind != ActivityKind.Server || options.Choose(samplingParameters.TraceId)
            ? SamplingDecision.RecordAndSample
            : SamplingDecision.Drop);
}
