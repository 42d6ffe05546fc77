using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>The results of a run's stages so far.</summary>
internal sealed class RunRecord
{
    public required DateTimeOffset StartedAt { get; init; }
    public List<StageFacts> Stages { get; } = [];
    public double SendsPerSecond { get; set; }
    public DateTimeOffset GrabbedFrom { get; set; }
    public DateTimeOffset GrabbedUntil { get; set; }
    public Meter Meter { get; set; } = new(TimeSpan.FromSeconds(1));
    public Meter Noop { get; } = new(TimeSpan.FromSeconds(1));
    public List<MaxRound> Rounds { get; } = [];
    public double BestRate { get; set; }
    public bool IsDrained { get; set; }
    public double DrainSeconds { get; set; }
    public ReportVerdict? Verdict { get; set; }
    public MoneyCheck? Money { get; set; }
}
