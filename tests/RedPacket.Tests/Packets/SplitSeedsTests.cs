using Microsoft.Extensions.Options;
using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

public sealed class SplitSeedsTests
{
    private static readonly string s_older = new('o', 32);
    private static readonly string s_newer = new('n', 32);

    [Fact]
    public void WithoutKeys_TheSeedIsPlain()
    {
        var seeds = With();
        var seed = seeds.New();

        Assert.Matches("^[0-9a-f]{16}$", seed);
        Assert.True(SplitSeeds.IsSeed(seed));
        Assert.Equal(Splits.ToText(Splits.LineCutting.Split(10_000, 4, 42)), seeds.Shares(10_000, Terms("000000000000002a")));
    }

    [Fact]
    public void FirstKey_MakesSeeds_AndTheOthersStillReadTheirs()
    {
        var seed = With(s_older).New();
        var shares = With(s_older).Shares(10_000, Terms(seed));

        Assert.Matches("^[0-9a-f]{8}[.][0-9a-f]{16}$", seed);
        Assert.True(SplitSeeds.IsSeed(seed));
        Assert.NotNull(shares);
        Assert.Equal(shares, With(s_newer, s_older).Shares(10_000, Terms(seed)));
        Assert.NotEqual(seed[..8], With(s_newer, s_older).New()[..8]);
        Assert.NotEqual(shares, With().Shares(10_000, Terms(seed[9..])));
    }

    [Fact]
    public void KeyThatIsNotThere_YieldsNoShares()
    {
        var terms = Terms(With(s_older).New());

        Assert.Null(With(s_newer).Shares(10_000, terms));
        Assert.Null(With("").Shares(10_000, terms));
    }

    // Written down once: a packet that was sent with a key is rebuilt with it, so these numbers may never change.
    [Fact]
    public void SameKeyAndName_GiveTheSameSharesForEver() =>
        Assert.Equal("00002602000015290000320300002666", With(s_older).Shares(10_000, Terms("88082671.000000000000002a")));

    [Theory]
    [InlineData("")]
    [InlineData("2a")]
    [InlineData("000000000000002g")]
    [InlineData("0123456.000000000000002a")]
    [InlineData("01234567.000000000000002a.")]
    [InlineData("01234567.2a")]
    public void OtherText_IsNoSeed(string text) => Assert.False(SplitSeeds.IsSeed(text));

    private static SplitSeeds With(params string[] keys) =>
        new(Options.Create(new PacketsOptions { SplitKeys = keys }));

    private static PacketTerms Terms(string seed) => new("s", "lucky", 4, "", 60, "line-cutting", seed, "k");
}
