using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Verification;

namespace RedPacket.Tests.LoadTool;

/// <summary>The document of a run with round numbers.</summary>
internal static class Documents
{
    /// <summary>
    /// 100000 answers in 20 s: 75000 won, 25000 too late, 50 µs of CPU each, everything in the ledger.
    /// </summary>
    public static ResultDocument Good { get; } = new(
        ResultDocument.CurrentSchema, "2026-02-17T00:00:00Z", "run --seed 7", 7, false, 0,
        new Machine("Test CPU", 2, 8, "Linux", ".NET 10", "Release", "abc1234"),
        new TargetFacts(["http://localhost:5080"], true, "RedPacket 0.1.0", "Redis", "RabbitMQ", "SQLite"),
        new WorkloadFacts("many", "open", 5000, 64, 100, 750, 1000, 20, 2, "X-User-Id header", 900),
        [new StageFacts("send", 1), new StageFacts("grab", 20)],
        [new ThresholdResult("money==balanced", "balanced", true)],
        new OutcomeFacts(75_000, 0, 25_000, 0, 0, 0, 3, 1, 0),
        new ThroughputFacts(5000, 3750),
        Latency(1),
        Latency(0.5),
        new LagFacts("ledger", 75_000, 100, 400, 900),
        [new Point(1, 1, 5000, 5000, 1, 10, 20), new Point(2, 1, 5000, 2500, 2, 12, 40)],
        [new Flow(1, 5000, 4000, 1000), new Flow(2, 7500, 7500, 0)],
        new DrainFacts(0.5, "ledger", true),
        [new ProcessFacts("demo", false, 1, 4, 1, 50), new ProcessFacts("generator", true, 1, 1, 0, 10)],
        new MoneyCheck("ledger", 75_000, 7_500_000, 75_000, 7_500_000, 75_000, 0, 0, 0, 0, 0, []),
        new ReportVerdict("CONSISTENT", 75_000, 75_000, 0, 0, 0, 0, 0, 0, 12, []),
        null, null, [], []);

    private static LatencyFacts Latency(double p50) => new(
        100_000, p50 * 2, p50, p50 * 2, p50 * 4, p50 * 6, p50 * 12, p50 * 30, p50 * 60, p50 * 100,
        [new CurvePoint(0, p50 / 2), new CurvePoint(50, p50), new CurvePoint(99, p50 * 12), new CurvePoint(99.9, p50 * 30)]);
}
