using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Ways;

/// <summary>An interval in which something was killed.</summary>
/// <param name="DoneAfterS">Seconds from the last grab until the ledger had everything.</param>
/// <param name="WinsPerSecond">From before the kill until a while after the restart.</param>
/// <param name="SlowestWinsPerSecond">In the slowest of its seconds.</param>
internal sealed record KilledResult(LossCount Loss, double DoneAfterS, double WinsPerSecond, double SlowestWinsPerSecond);

/// <summary>A row of the table: one way over all its intervals.</summary>
/// <param name="Intervals">How many without a kill were measured.</param>
/// <param name="CpuPerShareUs">CPU microseconds per share won, over grab and drain, by process.</param>
/// <param name="OtherAnswers">Answers that won nothing, as a part of all. They cost less, so with many of them the time
/// per share says little.</param>
/// <param name="Loss">The loss in the intervals without a kill.</param>
/// <param name="Killed">The interval of each kill, by what was killed.</param>
/// <param name="LedgerState">What the report or the ledger said after the last interval.</param>
/// <param name="Error">Why an interval was not measured; null when all were.</param>
internal sealed record WayResult(
    string Way, string Name, int Intervals, double WinsPerSecond, double OtherAnswers, double P50Ms, double P99Ms, long Failed,
    IReadOnlyDictionary<string, double> CpuPerShareUs, LossCount? Loss, IReadOnlyDictionary<Victim, KilledResult> Killed,
    string LedgerState, bool IsLedgerComplete, IReadOnlyList<Failure> Failures, string? Error)
{
    /// <summary>The CPU time of all processes.</summary>
    public double CpuUs => CpuPerShareUs.Values.Sum();

    /// <summary>Nothing was lost or duplicated, and the ledger is complete.</summary>
    public bool IsLossless =>
        (Loss?.IsLossless ?? true) && Killed.Values.All(killed => killed.Loss.IsLossless) && IsLedgerComplete;
}

/// <summary>The results of a way so far.</summary>
internal sealed class WayTally(Way way)
{
    private readonly List<IntervalFacts> _intervals = [];
    private readonly Dictionary<Victim, (IntervalFacts Facts, Meter Meter)> _killed = [];

    public Way Way => way;

    /// <summary>Measures the intervals without a kill.</summary>
    public Meter Meter { get; } = new(TimeSpan.FromSeconds(1));

    /// <summary>Why an interval was not measured.</summary>
    public string? Error { get; set; }

    /// <summary>Adds an interval and its meter. Something may have been killed in it.</summary>
    public void Add(Victim? victim, IntervalFacts interval, Meter meter)
    {
        if (victim is { } killed)
            _killed[killed] = (interval, meter);
        else
            _intervals.Add(interval);
    }

    public WayResult Result()
    {
        var won = Math.Max(1, _intervals.Sum(interval => interval.Won));
        var cpu = _intervals.SelectMany(interval => interval.CpuSeconds).GroupBy(part => part.Key)
            .ToDictionary(part => part.Key, part => Math.Round(part.Sum(each => each.Value) * 1e6 / won, 1));
        var wins = Math.Round(Meter.Count(RequestOutcome.Won) / Math.Max(Meter.Seconds, 0.001), 1);
        var others = Math.Round(1 - (Meter.Count(RequestOutcome.Won) / Math.Max(1.0, Meter.Answers)), 3);
        var loss = _intervals.Count == 0 ? null : _intervals.Select(interval => interval.Loss).Aggregate((a, b) => a + b);
        IntervalFacts[] all = [.. _intervals, .. _killed.Values.Select(killed => killed.Facts)];
        return new WayResult(
            way.Key, way.Name, _intervals.Count, wins, others, Meter.Latency.Percentile(50) / 1000.0,
            Meter.Latency.Percentile(99) / 1000.0, all.Sum(interval => interval.Failed), cpu, loss,
            _killed.ToDictionary(part => part.Key, part => Killed(part.Value.Facts, part.Value.Meter)),
            all.Length == 0 ? "" : all[^1].LedgerState, all.All(interval => interval.IsLedgerComplete),
            [.. all.SelectMany(interval => interval.Failures)], Error);
    }

    // The last point may be short, and its rate says little.
    private static KilledResult Killed(IntervalFacts facts, Meter meter) => new(
        facts.Loss, Math.Round(facts.DrainSeconds, 1), Math.Round(facts.Won / Math.Max(meter.Seconds, 0.001), 1),
        Math.Round(meter.Series.Where(point => point.Seconds > 0.9).Select(point => point.Won / point.Seconds).DefaultIfEmpty().Min(), 1));
}

/// <summary>The result as a file.</summary>
/// <param name="Schema">The version of this form.</param>
/// <param name="Fsync">The appendfsync of Redis.</param>
internal sealed record WaysDocument(
    int Schema, DateTimeOffset StartedAt, string Command, Machine Machine, double DurationS, int Packets, int Shares, int Connections,
    string Fsync, bool Interrupted, IReadOnlyList<WayResult> Results)
{
    private static readonly JsonSerializerOptions s_form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>RedPacket lost and duplicated nothing, and its report is CONSISTENT.</summary>
    public bool IsRedPacketLossless =>
        Results.Where(result => Way.All.Single(way => way.Key == result.Way).IsRedPacket).All(result => result.IsLossless);

    public string ToJson() => JsonSerializer.Serialize(this, s_form);

    /// <exception cref="JsonException">The text is not a document.</exception>
    public static WaysDocument Parse(string json) => JsonSerializer.Deserialize<WaysDocument>(json, s_form)!;
}
