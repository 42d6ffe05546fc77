using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Report;

/// <summary>
/// One run, whole: summary, report, comparison and plots are made of it and of nothing else. Times in the unit of their names; what was not measured is null.
/// </summary>
/// <param name="Schema">The version of this form: <see cref="CurrentSchema"/>.</param>
/// <param name="Exit">What the program ended with: 0 passed, 99 a threshold, 105 interrupted.</param>
/// <param name="Corrected">Of a closed model: the latency corrected for coordinated omission, each connection taken to ask at the mean interval, as wrk does it.</param>
internal sealed record ResultDocument(int Schema, string StartedAt, string Command, int Seed, bool Interrupted, int Exit, Machine Machine, TargetFacts Target, WorkloadFacts Workload,
    IReadOnlyList<StageFacts> Stages, IReadOnlyList<ThresholdResult> Thresholds, OutcomeFacts Outcomes, ThroughputFacts Throughput, LatencyFacts Latency, LatencyFacts Service,
    LagFacts? Lag, IReadOnlyList<Point> Series, IReadOnlyList<Flow> Flow, DrainFacts? Drain, IReadOnlyList<ProcessFacts> Processes, MoneyCheck? Money, ReportVerdict? Verdict,
    MaxFacts? Max, NoopFacts? Noop, IReadOnlyList<string> Warnings, IReadOnlyList<Failure> Failures, LatencyFacts? Corrected = null)
{
    public const int CurrentSchema = 1;

    /// <summary>The money balances: the record agrees with the ledger, and the report says CONSISTENT.</summary>
    [JsonIgnore]
    public bool IsBalanced => Money is { IsBalanced: true } && Verdict?.Word == LoadTest.Target.ReportVerdict.Consistent;

    /// <summary>True when every threshold holds, the money's among them, and the run came to its end.</summary>
    [JsonIgnore]
    public bool Passed => Exit == 0;

    /// <summary>Reads a document; throws <see cref="JsonException"/> for what is none, or of another schema.</summary>
    public static ResultDocument Parse(string json)
    {
        var document = JsonSerializer.Deserialize(json, ResultJson.Readable.ResultDocument) ?? throw new JsonException("an empty document");
        return document.Schema == CurrentSchema ? document : throw new JsonException($"schema {document.Schema}, and this program reads {CurrentSchema}");
    }

    public string ToJson() => JsonSerializer.Serialize(this, ResultJson.Readable.ResultDocument);
}

/// <summary>What was driven.</summary>
internal sealed record TargetFacts(IReadOnlyList<string> Urls, bool StartedHere, string Version, string Store, string Bus, string Ledger);

/// <summary>What was asked of it.</summary>
/// <param name="Model"><c>closed</c>, <c>open</c>, <c>waves</c> or <c>max</c>.</param>
/// <param name="Rate">Arrivals per second, of an open model.</param>
internal sealed record WorkloadFacts(string Name, string Model, double? Rate, int Connections, int Packets, int Shares, int Users, double DurationS, double WarmupS,
    string Callers, double SendsPerSecond);

/// <summary>A stage and how long it took.</summary>
internal sealed record StageFacts(string Name, double Seconds);

/// <summary>A threshold, what was measured, and whether it holds.</summary>
internal sealed record ThresholdResult(string Text, string Value, bool Holds);

/// <summary>What became of the grabs. Late and dropped are sends of an open model.</summary>
internal sealed record OutcomeFacts(long Won, long Replayed, long Emptied, long Expired, long Refused, long Failed, long Late, long LateByGenerator, long Dropped)
{
    [JsonIgnore]
    public long Answers => Won + Replayed + Emptied + Expired + Refused + Failed;
}

/// <summary>Per second of the time in which grabs were asked.</summary>
internal sealed record ThroughputFacts(double Answers, double Won);

/// <summary>A distribution.</summary>
/// <param name="Curve">Milliseconds by percent, close together near 100.</param>
internal sealed record LatencyFacts(long Count, double MeanMs, double P50Ms, double P75Ms, double P90Ms, double P95Ms, double P99Ms, double P999Ms, double P9999Ms, double MaxMs,
    IReadOnlyList<CurvePoint> Curve)
{
    private static readonly double[] s_curve =
        [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 98.5, 99, 99.25, 99.5, 99.75, 99.9, 99.925, 99.95, 99.975, 99.99, 99.995, 99.999];

    /// <summary>Of microseconds.</summary>
    public static LatencyFacts Of(Histogram histogram)
    {
        double Ms(double percent) => histogram.Percentile(percent) / 1000.0;
        // A percentile that no single one of the numbers stands behind says nothing.
        var curve = s_curve.Where(percent => histogram.Count > 0 && (100 - percent) / 100 * histogram.Count >= 1).Select(percent => new CurvePoint(percent, Ms(percent)));
        return new LatencyFacts(histogram.Count, Math.Round(histogram.Mean / 1000, 3), Ms(50), Ms(75), Ms(90), Ms(95), Ms(99), Ms(99.9), Ms(99.99), histogram.Max / 1000.0, [.. curve]);
    }
}

internal sealed record CurvePoint(double Percent, double Ms);

/// <summary>From grant to ledger.</summary>
/// <param name="Source"><c>ledger</c>: each share's, exactly; <c>live</c>: once a second the age of the oldest entry on its way, as the service tells it.</param>
internal sealed record LagFacts(string Source, long Count, double P50Ms, double P99Ms, double MaxMs);

/// <summary>From the last grab until everything was in the ledger.</summary>
/// <param name="Source"><c>ledger</c>: to the last commit; <c>live</c>: to the first second with an empty outbox.</param>
internal sealed record DrainFacts(double Seconds, string Source, bool Done);

/// <summary>Processor seconds of a process by stage, and per answered grab over grab and drain.</summary>
internal sealed record ProcessFacts(string Name, bool IsGenerator, double SendS, double GrabS, double DrainS, double PerGrabUs);

/// <summary>The search for the highest rate that holds.</summary>
/// <param name="Rate">The highest that held; 0 when none did.</param>
internal sealed record MaxFacts(double Rate, double P99LimitMs, double LagLimitMs, IReadOnlyList<MaxRound> Rounds);

/// <summary>One rate, tried.</summary>
internal sealed record MaxRound(double Rate, double Achieved, double P99Ms, double LagMs, long Dropped, bool Held, string Why);

/// <summary>The same generator on an endpoint that does nothing, in turns with ours.</summary>
/// <param name="Ratio">Our answers per second by those of the endpoint that does nothing.</param>
internal sealed record NoopFacts(double AnswersPerSecond, double P50Ms, double P99Ms, double CpuPerCallUs, double Ratio);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ResultDocument))]
internal sealed partial class ResultJson : JsonSerializerContext
{
    /// <summary>With lines, and text as it is: for a file, never inside HTML.</summary>
    public static readonly ResultJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
