using System.Diagnostics.Metrics;

namespace RedPacket.Ledger;

/// <summary>The writer's figures.</summary>
internal static class LedgerMetrics
{
    private static readonly Meter s_meter = new("RedPacket");

    public static readonly Counter<long> Transfers =
        s_meter.CreateCounter<long>("redpacket.ledger.transfers", "{transfer}", "Transfers added to the ledger.");

    public static readonly Histogram<double> CommitDuration = s_meter.CreateHistogram(
        "redpacket.ledger.commit.duration", "s", "One recording transaction, from begin to durable.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5] });

    public static readonly Counter<long> Parked = s_meter.CreateCounter<long>(
        "redpacket.ledger.parked", "{entry}", "Entries set aside, by reason: conflict, refused, unreadable.");

    public static readonly UpDownCounter<int> Outage =
        s_meter.CreateUpDownCounter<int>("redpacket.ledger.outage", "{outage}", "1 while the ledger is away.");
}
