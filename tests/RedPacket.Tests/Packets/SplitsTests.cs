using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

public sealed class SplitsTests
{
    public static readonly TheoryData<string, long, int> Cases = new()
    {
        { "line-cutting", 1, 1 }, { "line-cutting", 100, 100 }, { "line-cutting", 101, 100 }, { "line-cutting", 10_000, 100 },
        { "line-cutting", 20_000_000, 100_000 },
        { "double-mean", 1, 1 }, { "double-mean", 100, 100 }, { "double-mean", 101, 100 }, { "double-mean", 10_000, 100 },
        { "double-mean", 20_000_000, 100_000 },
        { "equal", 10_000, 100 }, { "equal", 7, 7 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void AnySplit_GivesTheExactSum_AndNoShareUnderOneFen(string name, long amountFen, int count)
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var shares = Splits.ByName(name).Split(amountFen, count, seed);
            Assert.Equal(count, shares.Length);
            Assert.Equal(amountFen, shares.Sum());
            Assert.True(shares.Min() >= 1, $"seed {seed}: a share of {shares.Min()} fen");
        }
    }

    [Fact]
    public void SameSeed_GivesTheSameSharesForEver()
    {
        // Written down once: packets are rebuilt from seed and name, so these numbers may never change.
        Assert.Equal([4684, 1449, 1284, 2583], Splits.LineCutting.Split(10_000, 4, 42));
        Assert.Equal([4684, 913, 187, 4216], Splits.DoubleMean.Split(10_000, 4, 42));
    }

    [Theory, InlineData("line-cutting"), InlineData("double-mean")]
    public void LuckySplit_IsFair_EveryPositionExpectsTheSame(string name)
    {
        var (mean, _) = MeanAndSpread(name, amountFen: 1000, count: 10, rounds: 20_000);
        // 20000 rounds of a share with a deviation of about 90 fen: the mean of each position lies within 4 x 90 /
        // sqrt(20000) = 2.6 fen.
        Assert.All(mean, position => Assert.InRange(position, 97, 103));
    }

    /// <summary>
    /// Why line-cutting is the default. Spread (standard deviation) by position, 1000 fen in 10 shares: line-cutting
    /// about 90 fen everywhere;
    /// double-mean from 58 fen at the first position to 77 at the last: who comes late plays another game.
    /// </summary>
    [Fact]
    public void SpreadByPosition_IsFlatForLineCutting_AndGrowsForDoubleMean()
    {
        var (_, even) = MeanAndSpread("line-cutting", amountFen: 1000, count: 10, rounds: 20_000);
        var (_, growing) = MeanAndSpread("double-mean", amountFen: 1000, count: 10, rounds: 20_000);
        Assert.True(even.Max() / even.Min() < 1.06, $"line-cutting: {string.Join(" ", even.Select(s => s.ToString("F0")))}");
        Assert.True(growing[^1] / growing[0] > 1.25, $"double-mean: {string.Join(" ", growing.Select(s => s.ToString("F0")))}");
    }

    [Fact]
    public void SharesAsText_AreEightDigitsEach()
    {
        Assert.Equal("0000000100012345", Splits.ToText([1, 12345]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Splits.ToText([100_000_000]));
    }

    private static (double[] Mean, double[] Spread) MeanAndSpread(string name, long amountFen, int count, int rounds)
    {
        var (sum, squares) = (new double[count], new double[count]);
        for (var seed = 0; seed < rounds; seed++)
        {
            var shares = Splits.ByName(name).Split(amountFen, count, (ulong)seed);
            for (var i = 0; i < count; i++)
            {
                sum[i] += shares[i];
                squares[i] += (double)shares[i] * shares[i];
            }
        }

        double[] mean = [.. sum.Select(s => s / rounds)];
        return (mean, [.. squares.Zip(mean, (square, m) => Math.Sqrt(square / rounds - m * m))]);
    }
}
