using System.Diagnostics;
using RedPacket.Demo;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// When requests are due. Open: at fixed moments, whatever the service does, so that a stall delays every request that
/// falls into it. Closed: each connection sends the next request after its answer, so a slow service gets fewer
/// requests.
/// </summary>
internal sealed class Schedule
{
    /// <summary>Further away than any run is long, and no overflow when added to a moment.</summary>
    private const long Never = long.MaxValue / 4;

    private readonly int _size;
    private readonly RateShape? _shape;

    private Schedule(int size, RateShape? shape) => (_size, _shape) = (size, shape);

    /// <summary>Each connection sends as fast as it is answered.</summary>
    public static Schedule Closed { get; } = new(1, null);

    /// <summary>The schedule has no fixed moments.</summary>
    public bool IsClosed => _shape is null;

    /// <summary>Requests at an even rate.</summary>
    public static Schedule Rate(double perSecond) => Of(RateShape.Constant(perSecond));

    /// <summary>Requests at a rate that changes over time.</summary>
    public static Schedule Of(RateShape shape) => new(1, shape);

    /// <summary>Waves of requests at the same instant, one wave after each period.</summary>
    public static Schedule Waves(int size, TimeSpan every) => new(size, RateShape.Constant(1 / every.TotalSeconds));

    /// <summary>When the n-th request (from 0) is due, in ticks of <see cref="Stopwatch"/> after the start.</summary>
    public long Due(long n) => Moment(n / _size);

    /// <summary>How many requests are due before a moment.</summary>
    public long DueBefore(long ticks)
    {
        if (IsClosed || ticks <= 0)
            return 0;
        var count = (long)Math.Ceiling(_shape!.Total((double)ticks / Stopwatch.Frequency));
        // Both sums round, and they have to agree: otherwise a request that was never due counts as dropped.
        while (count > 0 && Moment(count - 1) >= ticks)
            count--;
        while (Moment(count) < ticks)
            count++;
        return count * _size;
    }

    private long Moment(long n)
    {
        var seconds = IsClosed ? 0 : _shape!.Moment(n);
        return seconds < 1e9 ? (long)Math.Round(seconds * Stopwatch.Frequency) : Never;
    }
}
