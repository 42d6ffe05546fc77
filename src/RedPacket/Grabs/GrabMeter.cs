using System.Numerics;
using RedPacket.Http;

namespace RedPacket.Grabs;

/// <summary>The answers of this process's grab endpoint since the last figures.</summary>
/// <param name="Answers">Answers, with refusals but without malformed calls.</param>
/// <param name="P50Ms">Half of them took no longer, in milliseconds and in steps of an eighth; null without
/// answers.</param>
/// <param name="P99Ms">The same for 99 of 100.</param>
/// <param name="Refused">Answers 503.</param>
internal sealed record GrabFigures(long Answers, double? P50Ms, double? P99Ms, long Refused);

/// <summary>
/// Measures the hot path for the live numbers. A grab costs two reads of the clock and an addition. Times go into fixed
/// buckets of up to two minutes, eight to each doubling.
/// </summary>
internal sealed class GrabMeter(TimeProvider clock)
{
    private const int BitsPerDoubling = 3;
    private const int PerDoubling = 1 << BitsPerDoubling;
    private const int Doublings = 27;
    private const long Longest = (1L << Doublings) - 1;
    private readonly long[] _buckets = new long[(Doublings - BitsPerDoubling + 1) * PerDoubling];
    private long _refused;

    /// <summary>When a grab began.</summary>
    public long Start() => clock.GetTimestamp();

    /// <summary>Counts an answer, and returns it.</summary>
    public IResult Took(long started, IResult answer)
    {
        Interlocked.Increment(ref _buckets[Bucket(clock.GetElapsedTime(started).Ticks / TimeSpan.TicksPerMicrosecond)]);
        if (answer is Problem { Status: StatusCodes.Status503ServiceUnavailable })
            Interlocked.Increment(ref _refused);
        return answer;
    }

    /// <summary>The figures since the last call. For one reader only.</summary>
    public GrabFigures Take()
    {
        var counts = new long[_buckets.Length];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Interlocked.Exchange(ref _buckets[i], 0);
        var answers = counts.Sum();
        var refused = Interlocked.Exchange(ref _refused, 0);
        return new GrabFigures(answers, Quantile(counts, answers, 50), Quantile(counts, answers, 99), refused);
    }

    /// <summary>One bucket per microsecond up to 8, then eight per doubling.</summary>
    internal static int Bucket(long microseconds)
    {
        var value = (int)Math.Clamp(microseconds, 0, Longest);
        if (value < PerDoubling)
            return value;
        var doubling = BitOperations.Log2((uint)value) - BitsPerDoubling;
        return (doubling << BitsPerDoubling) + (value >> doubling);
    }

    /// <summary>The middle of a bucket, in milliseconds.</summary>
    internal static double Middle(int bucket)
    {
        if (bucket < PerDoubling)
            return (bucket + 0.5) / 1000;
        var doubling = (bucket >> BitsPerDoubling) - 1;
        var first = (long)(bucket - (doubling << BitsPerDoubling)) << doubling;
        return (first + ((1L << doubling) / 2.0)) / 1000;
    }

    private static double? Quantile(long[] counts, long answers, int percent)
    {
        var rank = (answers * percent + 99) / 100;
        for (var (bucket, seen) = (0, 0L); bucket < counts.Length; bucket++)
        {
            seen += counts[bucket];
            if (rank > 0 && seen >= rank)
                return Math.Round(Middle(bucket), 3);
        }

        return null;
    }
}
