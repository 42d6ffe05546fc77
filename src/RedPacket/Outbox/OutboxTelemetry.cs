using System.Diagnostics;
using System.Diagnostics.Metrics;
using RedPacket.Hosting;
using RedPacket.Messages;

namespace RedPacket.Outbox;

/// <summary>The relay's traces and counters.</summary>
internal static class OutboxTelemetry
{
    private static readonly Counter<long> s_chunks =
        Instrumentation.Meter.CreateCounter<long>("redpacket.relay.chunks", "{chunk}", "Chunks that the broker confirmed");

    /// <summary>Chunks sent again, for any reason.</summary>
    public static readonly Counter<long> Resends =
        Instrumentation.Meter.CreateCounter<long>("redpacket.relay.resends", "{chunk}", "Chunks sent again");

    /// <summary>One span per send, linked to the requests of followed shares. The message carries its id across the queue.</summary>
    public static Activity? StartChunk(int shard, IReadOnlyList<OutboxEntry> entries, bool slow)
    {
        // A root span, because the relay's loop belongs to no request.
        Activity.Current = null;
        return Instrumentation.Source.StartActivity(ActivityKind.Producer, name: "relay chunk",
            tags: [new("redpacket.shard", shard), new("redpacket.entries", entries.Count), new("redpacket.lane", Lane(slow))],
            links: TraceLinks.To(entries.Select(entry => entry.Traceparent)));
    }

    /// <summary>Counts a message that the broker confirmed, by lane.</summary>
    public static void CountChunk(bool slow) => s_chunks.Add(1, new KeyValuePair<string, object?>("lane", Lane(slow)));

    private static string Lane(bool slow) => slow ? "slow" : "live";
}
