using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Report;

/// <summary>
/// The whole result of a run. Summary, report, comparison and plots use only this document. Names end with their unit.
/// Null means not measured.
/// </summary>
/// <param name="Schema">The version of this form, <see cref="CurrentSchema"/>.</param>
/// <param name="Exit">The exit code: 0 passed, 99 a threshold failed, 105 interrupted.</param>
/// <param name="Corrected"> The latency of a closed model, corrected for coordinated omission as wrk does it. Each
/// connection counts as sending at the mean interval.
/// </param>
internal sealed record ResultDocument(
    int Schema, string StartedAt, string Command, int Seed, bool Interrupted, int Exit, Machine Machine, TargetFacts Target,
    WorkloadFacts Workload, IReadOnlyList<StageFacts> Stages, IReadOnlyList<ThresholdResult> Thresholds, OutcomeFacts Outcomes,
    ThroughputFacts Throughput, LatencyFacts Latency, LatencyFacts Service, LagFacts? Lag, IReadOnlyList<Point> Series,
    IReadOnlyList<Flow> Flow, DrainFacts? Drain, IReadOnlyList<ProcessFacts> Processes, MoneyCheck? Money, ReportVerdict? Verdict,
    MaxFacts? Max, NoopFacts? Noop, IReadOnlyList<string> Warnings, IReadOnlyList<Failure> Failures, LatencyFacts? Corrected = null)
{
    public const int CurrentSchema = 1;

    /// <summary>The record agrees with the ledger, and the report says CONSISTENT.</summary>
    [JsonIgnore]
    public bool IsBalanced =>
        Money is { IsBalanced: true } && Verdict?.Word == LoadTest.Target.ReportVerdict.Consistent;

    /// <summary>No measured grab won a share.</summary>
    [JsonIgnore]
    public bool HasMeasuredNothing => Outcomes.Won == 0;

    /// <summary>Reads a document.</summary>
    /// <exception cref="JsonException">The text is not a document, or has another schema.</exception>
    public static ResultDocument Parse(string json)
    {
        var document = JsonSerializer.Deserialize(json, ResultJson.Readable.ResultDocument)
            ?? throw new JsonException("the document is empty");
        return document.Schema == CurrentSchema
            ? document
            : throw new JsonException($"it has schema {document.Schema}, but this program reads schema {CurrentSchema}");
    }

    public string ToJson() => JsonSerializer.Serialize(this, ResultJson.Readable.ResultDocument);
}

/// <summary>The measured service.</summary>
internal sealed record TargetFacts(IReadOnlyList<string> Urls, bool StartedHere, string Version, string Store, string Bus, string Ledger);

/// <summary>The workload.</summary>
/// <param name="Model"><c>closed</c>, <c>open</c>, <c>waves</c> or <c>max</c>.</param>
/// <param name="Rate">Grabs per second in an open model with an even rate.</param>
/// <param name="Packets">The packets of the measured grabs.</param>
/// <param name="Stages">The rates of an open model whose rate changes.</param>
internal sealed record WorkloadFacts(
    string Name, string Model, double? Rate, int Connections, int Packets, int Shares, int Users, double DurationS, double WarmupS,
    string Callers, double SendsPerSecond, int WarmupPackets = 0, string? Stages = null)
{
    /// <summary>The rate in words; empty without one.</summary>
    [JsonIgnore]
    public string RateText =>
        Stages is not null ? $" with stages {Stages}" : Rate is { } rate ? $" at {Format.Number(rate)}/s" : "";
}

/// <summary>A stage and its duration.</summary>
internal sealed record StageFacts(string Name, double Seconds);

/// <summary>A threshold, the measured value, and whether it holds.</summary>
internal sealed record ThresholdResult(string Text, string Value, bool Holds);

/// <summary>The outcomes of the grabs. Late and dropped occur in an open model only.</summary>
internal sealed record OutcomeFacts(
    long Won, long Replayed, long Emptied, long Expired, long Refused, long Failed, long Late, long LateByGenerator, long Dropped)
{
    [JsonIgnore]
    public long Answers => Won + Replayed + Emptied + Expired + Refused + Failed;
}

/// <summary>Answers and wins per second of the measurement.</summary>
internal sealed record ThroughputFacts(double Answers, double Won);

/// <summary>A latency distribution.</summary>
/// <param name="Curve">Milliseconds by percent, with more points near 100.</param>
internal sealed record LatencyFacts(
    long Count, double MeanMs, double P50Ms, double P75Ms, double P90Ms, double P95Ms, double P99Ms, double P999Ms, double P9999Ms,
    double MaxMs, IReadOnlyList<CurvePoint> Curve)
{
    private static readonly double[] s_curve =
    [
        0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 98.5, 99, 99.25, 99.5, 99.75, 99.9, 99.925, 99.95, 99.975,
        99.99, 99.995, 99.999,
    ];

    /// <summary>Reads a histogram of microseconds.</summary>
    public static LatencyFacts Of(Histogram histogram)
    {
        double Ms(double percent) => histogram.Percentile(percent) / 1000.0;
        // A percentile means nothing when fewer than one number lies above it.
        var curve = s_curve.Where(percent => histogram.Count > 0 && (100 - percent) / 100 * histogram.Count >= 1);
        return new LatencyFacts(
            histogram.Count, Math.Round(histogram.Mean / 1000, 3), Ms(50), Ms(75), Ms(90), Ms(95), Ms(99), Ms(99.9), Ms(99.99),
            histogram.Max / 1000.0, [.. curve.Select(percent => new CurvePoint(percent, Ms(percent)))]);
    }
}

internal sealed record CurvePoint(double Percent, double Ms);

/// <summary>The lag from grant to ledger.</summary>
/// <param name="Source"><c>ledger</c> for the exact lag of each share, or <c>live</c> for the age of the oldest entry
/// in flight, once a second.</param>
internal sealed record LagFacts(string Source, long Count, double P50Ms, double P99Ms, double MaxMs);

/// <summary>The time from the last grab until everything was in the ledger.</summary>
/// <param name="Source"><c>ledger</c> for the last commit, or <c>live</c> for the first second with an empty
/// outbox.</param>
internal sealed record DrainFacts(double Seconds, string Source, bool Done);

/// <summary>CPU seconds of a process by stage, and CPU per answered grab over grab and drain.</summary>
internal sealed record ProcessFacts(string Name, bool IsGenerator, double SendS, double GrabS, double DrainS, double PerGrabUs);

/// <summary>The result of <c>--max</c>.</summary>
/// <param name="Rate">The highest rate that held; 0 when none held.</param>
internal sealed record MaxFacts(double Rate, double P99LimitMs, double LagLimitMs, IReadOnlyList<MaxRound> Rounds);

/// <summary>The result of one rate of <c>--max</c>.</summary>
internal sealed record MaxRound(double Rate, double Achieved, double P99Ms, double LagMs, long Dropped, bool Held, string Why);

/// <summary>The figures of the no-op endpoint.</summary>
/// <param name="Ratio">The service's answers per second, divided by those of the no-op endpoint.</param>
internal sealed record NoopFacts(double AnswersPerSecond, double P50Ms, double P99Ms, double CpuPerCallUs, double Ratio);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ResultDocument))]
internal sealed partial class ResultJson : JsonSerializerContext
{
    /// <summary>Indented JSON with unescaped text, for files only. It is not safe inside HTML.</summary>
    public static readonly ResultJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
