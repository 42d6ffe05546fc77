using System.Diagnostics.Metrics;

namespace RedPacket.Ledger;

/// <summary>The writer's figures.</summary>
internal static class LedgerMetrics
{
    private static readonly Meter s_meter = new("RedPacket");

    public static readonly Counter<long> Transfers =
        s_meter.CreateCounter<long>("redpacket.ledger.transfers", "{transfer}", "Transfers added to the ledger.");

    public static readonly Histogram<double> CommitDuration =
        s_meter.CreateHistogram<double>("redpacket.ledger.commit.duration", "s", "One recording transaction, from begin to durable.");

    public static readonly Counter<long> Parked = s_meter.CreateCounter<long>(
        "redpacket.ledger.parked", "{entry}", "Entries set aside, by reason: conflict, refused, unreadable.");

    public static readonly UpDownCounter<int> Outage =
        s_meter.CreateUpDownCounter<int>("redpacket.ledger.outage", "{outage}", "1 while the ledger is away.");
}
