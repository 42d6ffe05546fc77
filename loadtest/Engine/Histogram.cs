using System.Numerics;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Counts whole numbers from 0 (microseconds, here) in buckets that widen with the number: every count is exact, a percentile is off by less than 1 %
/// of itself, least and largest are exact. Not safe for several threads; merge instead.
/// </summary>
internal sealed class Histogram
{
    /// <summary>Below it each number has a bucket of its own; above, each octave has half as many.</summary>
    private const int Linear = 128;
    private const int PerOctave = Linear / 2;
    private const int LinearBits = 7;

    private long[] _buckets = new long[Linear];

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>Of all numbers added, exactly.</summary>
    public long Sum { get; private set; }

    /// <summary>The largest; 0 when there is none.</summary>
    public long Max { get; private set; }

    /// <summary>The least; 0 when there is none.</summary>
    public long Min { get; private set; }

    /// <summary>0 when there is none.</summary>
    public double Mean => Count == 0 ? 0 : (double)Sum / Count;

    /// <summary>Adds a number; what is below 0 (clocks that differ) counts as 0.</summary>
    public void Add(long value) => Add(value, 1);

    private void Add(long value, long times)
    {
        value = Math.Max(value, 0);
        var bucket = BucketOf(value);
        if (bucket >= _buckets.Length)
            Array.Resize(ref _buckets, Math.Max(bucket + 1, _buckets.Length * 2));
        _buckets[bucket] += times;
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        Sum += value * times;
        Count += times;
    }

    /// <summary>Adds all that another has counted.</summary>
    public void Add(Histogram other)
    {
        if (other.Count == 0)
            return;
        if (other._buckets.Length > _buckets.Length)
            Array.Resize(ref _buckets, other._buckets.Length);
        for (var i = 0; i < other._buckets.Length; i++)
            _buckets[i] += other._buckets[i];
        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Sum += other.Sum;
        Count += other.Count;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_buckets);
        (Count, Sum, Min, Max) = (0, 0, 0, 0);
    }

    /// <summary>The number that the given part of all numbers does not exceed (nearest rank); 0 when there is none.</summary>
    /// <param name="percent">0 to 100.</param>
    public long Percentile(double percent)
    {
        if (Count == 0)
            return 0;
        // A rank computed as 99 % of 100 may come out as 99.00000000000001: no rank is that exact.
        var rank = Math.Max(1, (long)Math.Ceiling((percent / 100 * Count) - 1e-9));
        var seen = 0L;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            seen += _buckets[bucket];
            if (seen >= rank)
                return rank == Count ? Max : Math.Clamp(MiddleOf(bucket), Min, Max);
        }
        return Max;
    }

    /// <summary>
    /// The same, corrected for coordinated omission as HdrHistogram and wrk do it: who waited longer than the interval at which he asks kept himself from asking
    /// again, so those calls are added as if each had come in its turn: a wait of v adds v - interval, v - 2 interval, … while that is over the interval.
    /// </summary>
    /// <param name="interval">Over 0.</param>
    public Histogram Corrected(long interval)
    {
        var corrected = new Histogram();
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            if (_buckets[bucket] == 0)
                continue;
            var value = Math.Clamp(MiddleOf(bucket), Min, Max);
            corrected.Add(value, _buckets[bucket]);
            for (var omitted = value - interval; omitted > interval; omitted -= interval)
                corrected.Add(omitted, _buckets[bucket]);
        }
        corrected.Max = Max;
        return corrected;
    }

    private static int BucketOf(long value)
    {
        if (value < Linear)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - LinearBits + 1;
        return Linear + ((shift - 1) * PerOctave) + (int)(value >> shift) - PerOctave;
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < Linear)
            return bucket;
        var shift = ((bucket - Linear) / PerOctave) + 1;
        var first = (long)(((bucket - Linear) % PerOctave) + PerOctave) << shift;
        return first + (1L << (shift - 1));
    }
}
