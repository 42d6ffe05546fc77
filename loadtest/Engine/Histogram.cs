using System.Numerics;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Counts whole numbers from 0 (here microseconds) in buckets that widen with the number. Counts, minimum and maximum
/// are exact, and a percentile is off by less than 1 %. It is not thread-safe: use one histogram per thread and merge
/// them.
/// </summary>
internal sealed class Histogram
{
    /// <summary>Each smaller number has one bucket. Above, each octave has half as many buckets.</summary>
    private const int Linear = 128;
    private const int PerOctave = Linear / 2;
    private const int LinearBits = 7;

    private long[] _buckets = new long[Linear];

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>The exact sum of all numbers.</summary>
    public long Sum { get; private set; }

    /// <summary>The largest number; 0 when empty.</summary>
    public long Max { get; private set; }

    /// <summary>The smallest number; 0 when empty.</summary>
    public long Min { get; private set; }

    /// <summary>The mean; 0 when empty.</summary>
    public double Mean => Count == 0 ? 0 : (double)Sum / Count;

    /// <summary>Adds a number. A negative one, from clocks that differ, counts as 0.</summary>
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

    /// <summary>Adds all counts of another histogram.</summary>
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

    /// <summary>Empties the histogram.</summary>
    public void Clear()
    {
        Array.Clear(_buckets);
        (Count, Sum, Min, Max) = (0, 0, 0, 0);
    }

    /// <summary>The percentile by nearest rank; 0 when empty.</summary>
    /// <param name="percent">0 to 100.</param>
    public long Percentile(double percent)
    {
        if (Count == 0)
            return 0;
        // 99 % of 100 may be computed as 99.00000000000001, which must not round up to rank 100.
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
    /// Returns a copy corrected for coordinated omission, as HdrHistogram and wrk do it. A caller that waits longer
    /// than its interval omits calls. The correction adds them: a wait of v adds v - interval, v - 2 interval and so
    /// on, while the value exceeds the interval.
    /// </summary>
    /// <param name="interval">Must be positive.</param>
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
