using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>Chooses the next grab. The same seed chooses the same grabs in the same order.</summary>
internal abstract class RequestPattern
{
    public abstract Request Next();
}

/// <summary>Any user grabs any packet, all with the same probability.</summary>
/// <param name="first">The number of the first packet.</param>
internal sealed class EvenPattern(int seed, int packets, int users, int first = 0) : RequestPattern
{
    private readonly Random _random = new(seed);

    public override Request Next() => new(first + _random.Next(packets), _random.Next(users));
}

/// <summary>
/// All users grab one packet, one after the other. After slightly more grabs than the packet has shares, they move on
/// to the next. They stay with the last packet.
/// </summary>
internal sealed class HotPattern(int seed, int packets, int users, int shares) : RequestPattern
{
    private readonly long _perPacket = shares + (shares / 20) + 1;
    private readonly long _first = new Random(seed).Next(users);
    private long _count;

    public override Request Next()
    {
        var n = _count++;
        return new Request((int)Math.Min(n / _perPacket, packets - 1), (int)((_first + n) % users));
    }
}

/// <summary>A few packets get most grabs: the k-th one in proportion to 1 / k^exponent (Zipf).</summary>
internal sealed class ZipfPattern : RequestPattern
{
    private readonly Random _random;
    private readonly double[] _cumulative;
    private readonly int _users;

    public ZipfPattern(int seed, int packets, int users, double exponent)
    {
        _random = new Random(seed);
        _users = users;
        _cumulative = new double[packets];
        var sum = 0.0;
        for (var k = 0; k < packets; k++)
            _cumulative[k] = sum += Math.Pow(k + 1, -exponent);
    }

    public override Request Next()
    {
        var place = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return new Request(Math.Min(place < 0 ? ~place : place, _cumulative.Length - 1), _random.Next(_users));
    }
}

/// <summary>All users grab one packet at the same instant, then the next packet in the next wave.</summary>
/// <param name="first">The number of the first packet.</param>
internal sealed class StormPattern(int seed, int packets, int users, int first = 0) : RequestPattern
{
    private readonly int[] _order = Shuffled(seed, users);
    private long _count;

    public override Request Next()
    {
        var n = _count++;
        return new Request(first + (int)Math.Min(n / users, packets - 1), _order[n % users]);
    }

    private static int[] Shuffled(int seed, int users)
    {
        var order = Enumerable.Range(0, users).ToArray();
        new Random(seed).Shuffle(order);
        return order;
    }
}
