using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>Who grabs what next. The same seed draws the same, in the same order.</summary>
internal abstract class RequestPattern
{
    public abstract Ask Next();
}

/// <summary>Any user, any packet from the first one on.</summary>
internal sealed class EvenPattern(int seed, int packets, int users, int first = 0) : RequestPattern
{
    private readonly Random _random = new(seed);

    public override Ask Next() => new(first + _random.Next(packets), _random.Next(users));
}

/// <summary>
/// One packet at a time, grabbed by one user after the other. When a few more have grabbed it than it has shares, the next packet is the one that
/// everybody wants; the last one stays so.
/// </summary>
internal sealed class HotPattern(int seed, int packets, int users, int shares) : RequestPattern
{
    private readonly long _perPacket = shares + (shares / 20) + 1;
    private readonly long _first = new Random(seed).Next(users);
    private long _drawn;

    public override Ask Next()
    {
        var n = _drawn++;
        return new Ask((int)Math.Min(n / _perPacket, packets - 1), (int)((_first + n) % users));
    }
}

/// <summary>A few packets are wanted by many: the k-th most wanted one in proportion to 1 / k^exponent (Zipf).</summary>
internal sealed class ZipfPattern : RequestPattern
{
    private readonly Random _random;
    private readonly double[] _upTo;
    private readonly int _users;

    public ZipfPattern(int seed, int packets, int users, double exponent)
    {
        _random = new Random(seed);
        _users = users;
        _upTo = new double[packets];
        var sum = 0.0;
        for (var k = 0; k < packets; k++)
            _upTo[k] = sum += Math.Pow(k + 1, -exponent);
    }

    public override Ask Next()
    {
        var place = Array.BinarySearch(_upTo, _random.NextDouble() * _upTo[^1]);
        return new Ask(Math.Min(place < 0 ? ~place : place, _upTo.Length - 1), _random.Next(_users));
    }
}

/// <summary>Waves: all users grab the wave's packet at the same instant.</summary>
internal sealed class StormPattern(int seed, int packets, int users) : RequestPattern
{
    private readonly int[] _order = Shuffled(seed, users);
    private long _drawn;

    public override Ask Next()
    {
        var n = _drawn++;
        return new Ask((int)Math.Min(n / users, packets - 1), _order[n % users]);
    }

    private static int[] Shuffled(int seed, int users)
    {
        var order = Enumerable.Range(0, users).ToArray();
        new Random(seed).Shuffle(order);
        return order;
    }
}
