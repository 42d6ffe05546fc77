using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>Whether a rate that was tried has held.</summary>
internal static class Rounds
{
    /// <summary>Part of the rate that must have been answered.</summary>
    private const double Enough = 0.98;

    public static MaxRound Judge(double rate, Meter meter, IReadOnlyList<LivePoint> live, MaxOptions limits)
    {
        var p99 = meter.Latency.Percentile(99) / 1000.0;
        var achieved = meter.Seconds == 0 ? 0 : meter.Answers / meter.Seconds;
        var lag = live.Max(sample => sample.LagMs) ?? 0;
        var failed = meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
        var why = meter.Dropped > 0 ? $"{meter.Dropped} were dropped"
            : failed > 0 ? $"{failed} failed or were refused"
            : achieved < rate * Enough ? $"only {Format.Number(achieved)}/s were answered"
            : p99 > limits.P99.TotalMilliseconds ? $"p99 was {Format.Time(p99)}"
            : lag > limits.Lag.TotalMilliseconds ? $"lag was {Format.Time(lag)}"
            : "";
        return new MaxRound(rate, Math.Round(achieved, 1), p99, lag, meter.Dropped, why.Length == 0, why);
    }
}
