using System.Text.Json;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Baselines;

/// <summary>A line of the table: one way over all its turns.</summary>
/// <param name="CpuPerGrabUs">Microseconds per answered grab over grab and drain, by process.</param>
/// <param name="Loss">Of the turns in which nothing was killed.</param>
/// <param name="Killed">Of the turn in which the broker was killed; null where there was none.</param>
/// <param name="Books">What the report or the ledger said after the last turn.</param>
internal sealed record BaselineResult(string Letter, string Name, int Turns, double WinsPerSecond, double AnswersPerSecond, double P50Ms, double P99Ms, long Failed,
    IReadOnlyDictionary<string, double> CpuPerGrabUs, LossCount? Loss, LossCount? Killed, string Books, bool BooksAreWell, IReadOnlyList<Failure> Failures)
{
    /// <summary>All processes together.</summary>
    public double CpuUs => CpuPerGrabUs.Values.Sum();
}

/// <summary>Everything that a comparison has found so far.</summary>
internal sealed class BaselineTally(string letter, string name)
{
    private readonly List<IntervalFacts> _turns = [];
    private IntervalFacts? _killed;

    public string Letter => letter;

    /// <summary>What the turns have measured in which nothing was killed.</summary>
    public Meter Meter { get; } = new(TimeSpan.FromSeconds(1));

    public void Add(IntervalFacts turn) => _turns.Add(turn);

    public void AddKilled(IntervalFacts turn) => _killed = turn;

    public BaselineResult Result()
    {
        var answers = Math.Max(1, _turns.Sum(turn => turn.Answers));
        var cpu = _turns.SelectMany(turn => turn.CpuSeconds).GroupBy(part => part.Key).ToDictionary(part => part.Key, part => Math.Round(part.Sum(each => each.Value) * 1e6 / answers, 1));
        var seconds = Math.Max(Meter.Seconds, 0.001);
        IntervalFacts[] all = [.. _turns, .. _killed is null ? Array.Empty<IntervalFacts>() : [_killed]];
        return new BaselineResult(letter, name, _turns.Count, Math.Round(Meter.Count(RequestOutcome.Won) / seconds, 1), Math.Round(Meter.Answers / seconds, 1),
            Meter.Latency.Percentile(50) / 1000.0, Meter.Latency.Percentile(99) / 1000.0, all.Sum(turn => turn.Failed), cpu,
            _turns.Count == 0 ? null : _turns.Select(turn => turn.Loss).Aggregate((a, b) => a + b), _killed?.Loss,
            all.Length == 0 ? "" : all[^1].Books, all.All(turn => turn.BooksAreWell), [.. all.SelectMany(turn => turn.Failures)]);
    }
}

/// <summary>The result as it is written to a file.</summary>
/// <param name="Schema">The version of this form.</param>
internal sealed record BaselinesDocument(int Schema, DateTimeOffset StartedAt, string Command, Machine Machine, double DurationS, int Packets, int Connections, bool Interrupted,
    IReadOnlyList<BaselineResult> Ways)
{
    private static readonly JsonSerializerOptions s_form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Ours promises more than speed: nothing is lost or booked twice, and the report says so.</summary>
    public bool OursIsWell => Ways.Where(way => way.Letter == "c").All(way => (way.Loss?.IsNothing ?? true) && (way.Killed?.IsNothing ?? true) && way.BooksAreWell);

    public string ToJson() => JsonSerializer.Serialize(this, s_form);

    /// <exception cref="JsonException">It is none.</exception>
    public static BaselinesDocument Parse(string json) => JsonSerializer.Deserialize<BaselinesDocument>(json, s_form)!;
}
