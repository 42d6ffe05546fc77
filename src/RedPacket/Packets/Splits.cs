using System.Globalization;

namespace RedPacket.Packets;

/// <summary>
/// A way to split money into shares. Each share is at least 1 fen, the sum is exact, and a seed yields the same shares
/// forever.
/// </summary>
internal interface ISplit
{
    /// <summary>
    /// The name that is stored with the packet. A split that changes gets a new name, so that old packets can be
    /// rebuilt.
    /// </summary>
    string Name { get; }

    /// <summary>
    /// Splits <paramref name="amountFen"/>, at least <paramref name="count"/>, into <paramref name="count"/> shares by
    /// ordinal.
    /// </summary>
    long[] Split(long amountFen, int count, ulong seed);
}

/// <summary>All splits, by name.</summary>
internal static class Splits
{
    private static readonly string s_digits = new('0', PacketKeys.ShareWidth);

    /// <summary>For <c>equal</c> packets.</summary>
    public static readonly ISplit Equal = new EqualSplit();

    /// <summary>For <c>lucky</c> packets: fair, with the same spread at every ordinal.</summary>
    public static readonly ISplit LineCutting = new LineCuttingSplit();

    /// <summary>For <c>lucky</c> packets: fair on average, but the last shares vary most.</summary>
    public static readonly ISplit DoubleMean = new DoubleMeanSplit();

    private static readonly ISplit[] s_all = [Equal, LineCutting, DoubleMean];

    /// <summary>The names of those for <c>lucky</c> packets.</summary>
    public static readonly string[] ForLucky = [LineCutting.Name, DoubleMean.Name];

    public static ISplit ByName(string name) => Array.Find(s_all, split => split.Name == name)
        ?? throw new InvalidDataException($"There is no split '{name}', only {string.Join(", ", s_all.Select(split => split.Name))}.");

    /// <summary>True when the split of this name can deal so many fen to so many people, at least 1 fen each.</summary>
    public static bool Can(string name, long amountFen, int count) =>
        s_all.Any(split => split.Name == name) && count is >= 1 and <= PacketsOptions.MostShares
        && amountFen >= count && amountFen <= PacketsOptions.MostFen && (name != Equal.Name || amountFen % count == 0);

    /// <summary>The shares as <c>grab.lua</c> reads them: <see cref="PacketKeys.ShareWidth"/> digits each.</summary>
    public static string ToText(long[] shares) => string.Create(shares.Length * PacketKeys.ShareWidth, shares,
        static (text, shares) =>
    {
        for (var i = 0; i < shares.Length; i++)
        {
            var digits = text.Slice(i * PacketKeys.ShareWidth, PacketKeys.ShareWidth);
            if (!shares[i].TryFormat(digits, out _, s_digits, CultureInfo.InvariantCulture))
                throw new ArgumentOutOfRangeException(nameof(shares), shares[i], $"A share may have {PacketKeys.ShareWidth} digits.");
        }
    });

    private sealed class EqualSplit : ISplit
    {
        public string Name => "equal";

        public long[] Split(long amountFen, int count, ulong seed)
        {
            if (amountFen % count != 0)
                throw new ArgumentException($"{amountFen} fen cannot be split into {count} equal shares.");
            var shares = new long[count];
            Array.Fill(shares, amountFen / count);
            return shares;
        }
    }

    /// <summary>
    /// Cuts the line of fen at count - 1 distinct places, all choices equally likely. Every ordinal then has the same
    /// distribution, so no grab is better than another, neither the first nor the last.
    /// </summary>
    private sealed class LineCuttingSplit : ISplit
    {
        public string Name => "line-cutting";

        public long[] Split(long amountFen, int count, ulong seed)
        {
            var cuts = DistinctPlaces(amountFen - 1, count - 1, new Dice(seed));
            Array.Sort(cuts);
            var shares = new long[count];
            var previous = 0L;
            for (var i = 0; i < cuts.Length; i++)
            {
                shares[i] = cuts[i] - previous;
                previous = cuts[i];
            }

            shares[count - 1] = amountFen - previous;
            return shares;
        }

        // Floyd's sampling: k distinct numbers of 1..n with k draws, each set of k equally likely.
        private static long[] DistinctPlaces(long n, int k, Dice dice)
        {
            var chosen = new HashSet<long>(k);
            for (var last = n - k + 1; last <= n; last++)
            {
                if (!chosen.Add(dice.Next(last) + 1))
                    chosen.Add(last);
            }

            return [.. chosen];
        }
    }

    /// <summary>
    /// Draws each share between 1 fen and twice the mean of what is left. The last share is the rest.
    /// </summary>
    private sealed class DoubleMeanSplit : ISplit
    {
        public string Name => "double-mean";

        public long[] Split(long amountFen, int count, ulong seed)
        {
            var dice = new Dice(seed);
            var shares = new long[count];
            var left = amountFen;
            for (var i = 0; i < count - 1; i++)
            {
                // Uniform over 1 … 2m - 1, whose mean is m. A draw decides about the remainder of the division, so that
                // m is exact on average.
                var others = count - i;
                var mean = left / others + (dice.Next(others) < left % others ? 1 : 0);
                shares[i] = Math.Min(1 + dice.Next(2 * mean - 1), left - (others - 1));
                left -= shares[i];
            }

            shares[count - 1] = left;
            return shares;
        }
    }

    /// <summary>
    /// SplitMix64 (Steele, Lea, Flood 2014): ten lines that yield the same numbers on every runtime. System.Random does
    /// not promise that.
    /// </summary>
    private sealed class Dice(ulong seed)
    {
        private ulong _state = seed;

        /// <summary>Uniform in 0 … below - 1, without bias.</summary>
        public long Next(long below)
        {
            var limit = ulong.MaxValue - ulong.MaxValue % (ulong)below;
            ulong draw;
            do
            {
                draw = Draw();
            }
            while (draw >= limit);
            return (long)(draw % (ulong)below);
        }

        private ulong Draw()
        {
            unchecked
            {
                _state += 0x9E3779B97F4A7C15;
                var z = _state;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                return z ^ (z >> 31);
            }
        }
    }
}
