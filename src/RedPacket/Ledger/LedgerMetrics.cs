using System.Diagnostics.Metrics;
using RedPacket.Hosting;

namespace RedPacket.Ledger;

/// <summary>The writer's figures.</summary>
internal static class LedgerMetrics
{
    public static readonly Counter<long> Transfers =
        Instrumentation.Meter.CreateCounter<long>("redpacket.ledger.transfers", "{transfer}", "Transfers added to the ledger.");

    public static readonly Histogram<double> CommitDuration = Instrumentation.Meter.CreateHistogram(
        "redpacket.ledger.commit.duration", "s", "One recording transaction, from begin to durable.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5] });

    public static readonly Counter<long> Parked = Instrumentation.Meter.CreateCounter<long>(
        "redpacket.ledger.parked", "{entry}", "Entries set aside, by reason: conflict, refused, unreadable.");

    public static readonly UpDownCounter<int> Outage =
        Instrumentation.Meter.CreateUpDownCounter<int>("redpacket.ledger.outage", "{outage}", "1 while the ledger is away.");
}
