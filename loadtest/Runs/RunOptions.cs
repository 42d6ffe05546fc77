using RedPacket.Demo;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>The checked options of a run. Null means the workload's default.</summary>
internal sealed record RunOptions
{
    public required string Command { get; init; }
    public required string Workload { get; init; }
    public required int Seed { get; init; }

    /// <summary>The addresses of the service; empty means that the run starts the demo.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }
    public TimeSpan? Wait { get; init; }
    public Uri? ReportUrl { get; init; }
    public required DemoOptions Demo { get; init; }
    public string? Ledger { get; init; }
    public required IReadOnlyList<Watched> Pids { get; init; }
    public string? TokenFile { get; init; }
    public string? JwtKey { get; init; }
    public string? OperatorToken { get; init; }
    public TimeSpan? Duration { get; init; }
    public TimeSpan? Warmup { get; init; }
    public int? Connections { get; init; }
    public double? Rate { get; init; }
    public RateShape? Stages { get; init; }
    public int? Packets { get; init; }
    public int? Shares { get; init; }
    public int? Users { get; init; }
    public required double ZipfExponent { get; init; }
    public required TimeSpan WaveEvery { get; init; }
    public required bool Noop { get; init; }
    public MaxOptions? Max { get; init; }
    public required TimeSpan DrainLimit { get; init; }
    public required GeneratorLimits Limits { get; init; }
    public required IReadOnlyList<Threshold> Thresholds { get; init; }
    public required bool KeepData { get; init; }
}

/// <summary>The limits of <c>--max</c>.</summary>
/// <param name="Start">The first rate.</param>
/// <param name="Round">How long each rate lasts.</param>
internal sealed record MaxOptions(double Start, TimeSpan Round, TimeSpan P99, TimeSpan Lag);
