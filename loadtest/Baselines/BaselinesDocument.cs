using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Baselines;

/// <summary>A row of the table: one way over all its intervals.</summary>
/// <param name="CpuPerGrabUs">CPU microseconds per answered grab over grab and drain, by process.</param>
/// <param name="Loss">The loss in the intervals without a kill.</param>
/// <param name="Killed">The loss in each interval with a kill, by what was killed.</param>
/// <param name="LedgerState">What the report or the ledger said after the last interval.</param>
internal sealed record BaselineResult(
    string Way, string Name, [property: JsonPropertyName("turns")] int Intervals, double WinsPerSecond, double AnswersPerSecond,
    double P50Ms, double P99Ms, long Failed, IReadOnlyDictionary<string, double> CpuPerGrabUs, LossCount? Loss,
    IReadOnlyDictionary<Victim, LossCount> Killed,
    [property: JsonPropertyName("books")] string LedgerState, [property: JsonPropertyName("booksAreWell")] bool IsLedgerComplete,
    IReadOnlyList<Failure> Failures)
{
    /// <summary>The CPU time of all processes.</summary>
    public double CpuUs => CpuPerGrabUs.Values.Sum();
}

/// <summary>The results of a way so far.</summary>
internal sealed class BaselineTally(Way way)
{
    private readonly List<IntervalFacts> _intervals = [];
    private readonly Dictionary<Victim, IntervalFacts> _killed = [];

    public Way Way => way;

    /// <summary>Measures the intervals without a kill.</summary>
    public Meter Meter { get; } = new(TimeSpan.FromSeconds(1));

    public void Add(IntervalFacts interval) => _intervals.Add(interval);

    public void AddKilled(Victim victim, IntervalFacts interval) => _killed[victim] = interval;

    public BaselineResult Result()
    {
        var answers = Math.Max(1, _intervals.Sum(interval => interval.Answers));
        var cpu = _intervals.SelectMany(interval => interval.CpuSeconds).GroupBy(part => part.Key)
            .ToDictionary(part => part.Key, part => Math.Round(part.Sum(each => each.Value) * 1e6 / answers, 1));
        var seconds = Math.Max(Meter.Seconds, 0.001);
        var (wins, rate) = (Math.Round(Meter.Count(RequestOutcome.Won) / seconds, 1), Math.Round(Meter.Answers / seconds, 1));
        var loss = _intervals.Count == 0 ? null : _intervals.Select(interval => interval.Loss).Aggregate((a, b) => a + b);
        IntervalFacts[] all = [.. _intervals, .. _killed.Values];
        return new BaselineResult(
            way.Key, way.Name, _intervals.Count, wins, rate, Meter.Latency.Percentile(50) / 1000.0, Meter.Latency.Percentile(99) / 1000.0,
            all.Sum(interval => interval.Failed), cpu, loss,
            _killed.ToDictionary(part => part.Key, part => part.Value.Loss), all.Length == 0 ? "" : all[^1].LedgerState,
            all.All(interval => interval.IsLedgerComplete), [.. all.SelectMany(interval => interval.Failures)]);
    }
}

/// <summary>The result as a file.</summary>
/// <param name="Schema">The version of this form.</param>
internal sealed record BaselinesDocument(
    int Schema, DateTimeOffset StartedAt, string Command, Machine Machine, double DurationS, int Packets, int Shares, int Connections,
    bool Interrupted,
    [property: JsonPropertyName("ways")] IReadOnlyList<BaselineResult> Baselines)
{
    private static readonly JsonSerializerOptions s_form = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>RedPacket lost and duplicated nothing, and its report is CONSISTENT.</summary>
    [JsonPropertyName("oursIsWell")]
    public bool IsRedPacketLossless => Baselines.Where(result => Way.All.Single(way => way.Key == result.Way).IsRedPacket)
        .All(result => (result.Loss?.IsLossless ?? true) && result.Killed.Values.All(loss => loss.IsLossless) && result.IsLedgerComplete);

    public string ToJson() => JsonSerializer.Serialize(this, s_form);

    /// <exception cref="JsonException">The text is not a document.</exception>
    public static BaselinesDocument Parse(string json) => JsonSerializer.Deserialize<BaselinesDocument>(json, s_form)!;
}
