using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// When requests are due. Open: at moments fixed beforehand, whatever the service does, so that a stall is felt by all who would have come in the
/// meantime. Closed: each connection asks again as soon as it was answered, so a slow service is asked less.
/// </summary>
internal sealed class Schedule
{
    private readonly long _size;
    private readonly double _interval;

    private Schedule(long size, double interval)
    {
        _size = size;
        _interval = interval;
    }

    /// <summary>Each connection asks as fast as it is answered.</summary>
    public static Schedule Closed { get; } = new(0, 0);

    /// <summary>No moments are fixed.</summary>
    public bool IsClosed => _size == 0;

    /// <summary>Evenly, so many a second.</summary>
    public static Schedule Rate(double perSecond) => new(1, Stopwatch.Frequency / perSecond);

    /// <summary>So many at the same instant, and again after each interval.</summary>
    public static Schedule Waves(int size, TimeSpan every) => new(size, every.TotalSeconds * Stopwatch.Frequency);

    /// <summary>When the n-th request (from 0) is due: ticks of <see cref="Stopwatch"/> after the start.</summary>
    public long Due(long n) => (long)(n / _size * _interval);

    /// <summary>How many are due before a moment.</summary>
    public long DueBefore(long ticks) => IsClosed || ticks <= 0 ? 0 : (long)Math.Ceiling(ticks / _interval) * _size;
}
