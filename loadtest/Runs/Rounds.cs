using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>Judges whether a rate held.</summary>
internal static class Rounds
{
    /// <summary>The fraction of the rate that must be answered.</summary>
    private const double LeastAnswered = 0.98;

    public static MaxRound Judge(double rate, Meter meter, IReadOnlyList<LivePoint> live, MaxOptions limits)
    {
        var p99 = meter.Latency.Percentile(99) / 1000.0;
        var achieved = meter.Seconds == 0 ? 0 : meter.Answers / meter.Seconds;
        var lag = live.Max(point => point.LagMs) ?? 0;
        var failed = meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
        var why = meter.Dropped > 0 ? $"{meter.Dropped} grabs were dropped"
            : failed > 0 ? $"{failed} grabs failed or were refused"
            : achieved < rate * LeastAnswered ? $"only {Format.Number(achieved)}/s were answered"
            : p99 > limits.P99.TotalMilliseconds ? $"p99 was {Format.Time(p99)}"
            : lag > limits.Lag.TotalMilliseconds ? $"lag was {Format.Time(lag)}"
            : "";
        return new MaxRound(rate, Math.Round(achieved, 1), p99, lag, meter.Dropped, why.Length == 0, why);
    }
}
