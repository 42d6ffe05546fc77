using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// When requests are due. Open: at fixed moments, whatever the service does, so that a stall delays every request that falls into it.
/// Closed: each connection sends the next request after its answer, so a slow service gets fewer requests.
/// </summary>
internal sealed class Schedule
{
    private readonly long _size;
    private readonly double _period;

    private Schedule(long size, double period)
    {
        _size = size;
        _period = period;
    }

    /// <summary>Each connection sends as fast as it is answered.</summary>
    public static Schedule Closed { get; } = new(0, 0);

    /// <summary>The schedule has no fixed moments.</summary>
    public bool IsClosed => _size == 0;

    /// <summary>Requests at an even rate.</summary>
    public static Schedule Rate(double perSecond) => new(1, Stopwatch.Frequency / perSecond);

    /// <summary>Waves of requests at the same instant, one wave after each period.</summary>
    public static Schedule Waves(int size, TimeSpan every) => new(size, every.TotalSeconds * Stopwatch.Frequency);

    /// <summary>When the n-th request (from 0) is due, in ticks of <see cref="Stopwatch"/> after the start.</summary>
    public long Due(long n) => (long)(n / _size * _period);

    /// <summary>How many requests are due before a moment.</summary>
    public long DueBefore(long ticks) => IsClosed || ticks <= 0 ? 0 : (long)Math.Ceiling(ticks / _period) * _size;
}
