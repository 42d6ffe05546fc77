using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>One point of the series: a second, or several seconds in long runs.</summary>
/// <param name="At">Its end, in seconds since the measurement began.</param>
internal sealed record Point(double At, double Seconds, long Answers, long Won, double P50Ms, double P99Ms, double MaxMs);

/// <summary>The figures of the last point, for the display.</summary>
internal sealed record CurrentRates(long Answers, long Won, double AnswersPerSecond, double WonPerSecond, double P50Ms,
    double P99Ms)
{
    public static readonly CurrentRates None = new(0, 0, 0, 0, 0, 0);
}

/// <summary>
/// Counts and times of a measurement. The generator's thread writes it. Other threads may read <see cref="Current"/> at
/// any time, and the rest after the generator has ended.
/// </summary>
internal sealed class Meter(TimeSpan pointLength)
{
    private readonly long[] _outcomes = new long[Enum.GetValues<RequestOutcome>().Length];
    private readonly Histogram _inPoint = new();
    private readonly List<Point> _series = [];
    private readonly long _pointLength = (long)(pointLength.TotalSeconds * Stopwatch.Frequency);
    private long _begun;
    private long _pointBegun;
    private long _wonInPoint;
    private double _secondsBefore;
    private CurrentRates _current = CurrentRates.None;

    /// <summary>
    /// Microseconds from the moment a request was due (open) or sent (closed) to its answer. A request without an
    /// answer counts with the time it waited.
    /// </summary>
    public Histogram Latency { get; } = new();

    /// <summary>Microseconds from sending to the answer.</summary>
    public Histogram Service { get; } = new();

    /// <summary>The figures over time.</summary>
    public IReadOnlyList<Point> Series => _series;

    /// <summary>Requests sent more than <see cref="Generator.LateAfter"/> after they were due.</summary>
    public long Late { get; private set; }

    /// <summary>
    /// Late requests for which a connection was free, so the generator was too slow and not the service.
    /// </summary>
    public long LateByGenerator { get; private set; }

    /// <summary>Requests that were due and never sent.</summary>
    public long Dropped { get; private set; }

    /// <summary>Seconds of the measurement.</summary>
    public double Seconds { get; private set; }

    /// <summary>The fraction of the time in which the generator's thread was busy.</summary>
    public double BusyShare => Seconds == 0 ? 0 : BusySeconds / Seconds;

    /// <summary>The figures of the last point.</summary>
    public CurrentRates Current => Volatile.Read(ref _current);

    /// <summary>All requests that ended, with or without an answer.</summary>
    public long Answers => _outcomes.Sum();

    private double BusySeconds { get; set; }

    public long Count(RequestOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>Begins an interval. A measurement may have several, one after the other.</summary>
    public void Begin(long now)
    {
        _begun = _pointBegun = now;
        _secondsBefore = Seconds;
    }

    /// <summary>Counts a request that ended.</summary>
    public void Note(RequestOutcome outcome, long due, long sent, long now)
    {
        _outcomes[(int)outcome]++;
        var latency = Microseconds(now - due);
        Latency.Add(latency);
        Service.Add(Microseconds(now - sent));
        _inPoint.Add(latency);
        if (outcome == RequestOutcome.Won)
            _wonInPoint++;
    }

    /// <summary>Counts a request that was sent late.</summary>
    public void NoteLate(bool byGenerator)
    {
        Late++;
        if (byGenerator)
            LateByGenerator++;
    }

    public void NoteDropped(long count) => Dropped += count;

    /// <summary>Ends a point of the series when it is long enough.</summary>
    public void Tick(long now)
    {
        if (now - _pointBegun >= _pointLength)
            EndPoint(now);
    }

    /// <summary>Ends an interval at the moment when sending stopped.</summary>
    /// <param name="busy">Ticks in which the generator was busy.</param>
    public void End(long now, long busy)
    {
        if (_inPoint.Count > 0)
            EndPoint(Math.Max(now, _pointBegun + (Stopwatch.Frequency / 1000)));
        Seconds = _secondsBefore + Elapsed(_begun, now);
        BusySeconds += (double)busy / Stopwatch.Frequency;
    }

    private void EndPoint(long now)
    {
        var seconds = Elapsed(_pointBegun, now);
        var point = new Point(
            Math.Round(_secondsBefore + Elapsed(_begun, now), 3), Math.Round(seconds, 3), _inPoint.Count, _wonInPoint,
            _inPoint.Percentile(50) / 1000.0, _inPoint.Percentile(99) / 1000.0, _inPoint.Max / 1000.0);
        _series.Add(point);
        var divisor = Math.Max(seconds, 1e-6);
        Volatile.Write(ref _current, new CurrentRates(
            Answers, Count(RequestOutcome.Won), point.Answers / divisor, point.Won / divisor, point.P50Ms, point.P99Ms));
        _inPoint.Clear();
        _wonInPoint = 0;
        _pointBegun = now;
    }

    private static double Elapsed(long from, long to) => (double)(to - from) / Stopwatch.Frequency;

    private static long Microseconds(long ticks) => (long)(ticks * (1_000_000.0 / Stopwatch.Frequency));
}
