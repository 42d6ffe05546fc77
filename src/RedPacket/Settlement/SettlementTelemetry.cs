using System.Diagnostics;
using System.Diagnostics.Metrics;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets.Traces;

namespace RedPacket.Settlement;

/// <summary>Settlement's traces and figures.</summary>
internal static class SettlementTelemetry
{
    /// <summary>
    /// Per chunk with new transfers: from when Redis granted its oldest entry until the ledger had it.
    /// </summary>
    private static readonly Histogram<double> s_lag = Instrumentation.Meter.CreateHistogram(
        "redpacket.settlement.lag", "s", "From granted to recorded, the oldest entry of each chunk",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600] });

    private static readonly Counter<long> s_entries = Instrumentation.Meter.CreateCounter<long>(
        "redpacket.settlement.entries", "{entry}",
        "Entries by outcome: inserted, duplicate, parked, left (to be resent), late (of an earlier run)");

    /// <summary>Malformed messages.</summary>
    public static readonly Counter<long> Discarded =
        Instrumentation.Meter.CreateCounter<long>("redpacket.settlement.discarded", "{message}", "Malformed messages");

    /// <summary>Messages that no relay of this service has signed.</summary>
    public static readonly Counter<long> Unverified = Instrumentation.Meter.CreateCounter<long>(
        "redpacket.settlement.unverified", "{message}", "Messages that no relay of this service has signed");

    /// <summary>Continues the relay's trace, if there is one.</summary>
    public static Activity? StartChunk(TransfersAccepted message) =>
        ActivityContext.TryParse(message.Traceparent, null, isRemote: true, out var parent)
            ? Instrumentation.Source.StartActivity(ActivityKind.Consumer, parent,
                [new("redpacket.shard", message.Shard), new("redpacket.entries", message.Entries.Length)],
                TraceLinks.To(FollowedShares.In(message).Select(followed => followed.Traceparent)), name: "record chunk")
            : null;

    /// <summary>The stages of a followed share, as spans of its request's trace.</summary>
    public static void Followed(ClaimTrace? trace)
    {
        foreach (var (name, start, end) in trace?.Stages() ?? [])
        {
            using var span = Instrumentation.Source.StartActivity(ActivityKind.Internal, trace!.Request, startTime: start, name: name);
            span?.SetEndTime(end.UtcDateTime);
        }
    }

    /// <summary>Counts the outcomes of a chunk.</summary>
    public static void Settled(Chunk chunk, RecordOutcome[] outcomes, DateTimeOffset now)
    {
        foreach (var outcome in outcomes.CountBy(outcome => outcome))
            s_entries.Add(outcome.Value, new KeyValuePair<string, object?>("outcome", NameOf(outcome.Key)));
        var oldest = chunk.Lines.Zip(outcomes).Where(each => each.Second == RecordOutcome.Inserted).Min(each => each.First.Entry?.AtMs);
        if (oldest is { } grantedAt)
            s_lag.Record((now.ToUnixTimeMilliseconds() - grantedAt) / 1000.0);
    }

    private static string NameOf(RecordOutcome outcome) => outcome switch
    {
        RecordOutcome.Inserted => "inserted",
        RecordOutcome.Duplicate => "duplicate",
        RecordOutcome.Parked => "parked",
        RecordOutcome.Left => "left",
        RecordOutcome.StaleRun => "late",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "unknown outcome"),
    };
}
