using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>One stretch of the series: a second, or more of them in long runs.</summary>
/// <param name="At">Seconds since measuring began, at its end.</param>
internal sealed record Point(double At, double Seconds, long Answers, long Won, double P50Ms, double P99Ms, double MaxMs);

/// <summary>What a viewer may see while it runs.</summary>
internal sealed record Pulse(long Answers, long Won, double AnswersPerSecond, double WonPerSecond, double P50Ms, double P99Ms)
{
    public static readonly Pulse None = new(0, 0, 0, 0, 0, 0);
}

/// <summary>What was measured. Written by the generator's thread; others may read <see cref="Pulse"/> at any time, and the rest when that has ended.</summary>
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
    private Pulse _pulse = Pulse.None;

    /// <summary>From the moment a request was due (open) or sent (closed) to its answer, in microseconds. Who got no answer counts with the time he waited.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>From sending to the answer.</summary>
    public Histogram Service { get; } = new();

    /// <summary>The course of it.</summary>
    public IReadOnlyList<Point> Series => _series;

    /// <summary>Sent more than <see cref="Generator.LateAfter"/> after it was due.</summary>
    public long Late { get; private set; }

    /// <summary>Of these, those for which a connection had been free: the generator was too slow, not the service.</summary>
    public long LateByGenerator { get; private set; }

    /// <summary>Due, and never sent.</summary>
    public long Dropped { get; private set; }

    /// <summary>Seconds of measuring.</summary>
    public double Seconds { get; private set; }

    /// <summary>The part of these seconds in which the generator's thread did not wait for something to do.</summary>
    public double BusyShare => Seconds == 0 ? 0 : BusySeconds / Seconds;

    /// <summary>The last second as a viewer may see it.</summary>
    public Pulse Pulse => Volatile.Read(ref _pulse);

    /// <summary>Every answer, and every request that got none.</summary>
    public long Answers => _outcomes.Sum();

    private double BusySeconds { get; set; }

    public long Count(RequestOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>A stretch of measuring begins; there may be several, one after the other.</summary>
    public void Begin(long now)
    {
        _begun = _pointBegun = now;
        _secondsBefore = Seconds;
    }

    /// <summary>A request has come to its end.</summary>
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

    /// <summary>A request was sent this late.</summary>
    public void NoteLate(bool byGenerator)
    {
        Late++;
        if (byGenerator)
            LateByGenerator++;
    }

    public void NoteDropped(long count) => Dropped += count;

    /// <summary>Closes a point of the series when it is long enough.</summary>
    public void Tick(long now)
    {
        if (now - _pointBegun >= _pointLength)
            Close(now);
    }

    /// <summary>The stretch has ended: nothing was asked after it.</summary>
    /// <param name="busy">Ticks in which the generator did not wait.</param>
    public void End(long now, long busy)
    {
        if (_inPoint.Count > 0)
            Close(Math.Max(now, _pointBegun + (Stopwatch.Frequency / 1000)));
        Seconds = _secondsBefore + Elapsed(_begun, now);
        BusySeconds += (double)busy / Stopwatch.Frequency;
    }

    private void Close(long now)
    {
        var seconds = Elapsed(_pointBegun, now);
        var point = new Point(Math.Round(_secondsBefore + Elapsed(_begun, now), 3), Math.Round(seconds, 3), _inPoint.Count, _wonInPoint,
            _inPoint.Percentile(50) / 1000.0, _inPoint.Percentile(99) / 1000.0, _inPoint.Max / 1000.0);
        _series.Add(point);
        var per = Math.Max(seconds, 1e-6);
        Volatile.Write(ref _pulse, new Pulse(Answers, Count(RequestOutcome.Won), point.Answers / per, point.Won / per, point.P50Ms, point.P99Ms));
        _inPoint.Clear();
        _wonInPoint = 0;
        _pointBegun = now;
    }

    private static double Elapsed(long from, long to) => (double)(to - from) / Stopwatch.Frequency;

    private static long Microseconds(long ticks) => (long)(ticks * (1_000_000.0 / Stopwatch.Frequency));
}
