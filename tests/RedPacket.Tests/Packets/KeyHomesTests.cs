using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

/// <summary>The home of a key: the published hash, and what the raising of shards relies on.</summary>
public sealed class KeyHomesTests
{
    private const int Keys = 2000;

    private static IEnumerable<string> Hashes =>
        Enumerable.Range(0, Keys).Select(i => PacketTerms.KeyHash("anna", $"{i}"));

    // From the tests of github.com/dgryski/go-jump.
    [Theory]
    [InlineData(1UL, 1, 0)]
    [InlineData(42UL, 57, 43)]
    [InlineData(0xDEAD10CCUL, 1, 0)]
    [InlineData(0xDEAD10CCUL, 666, 361)]
    [InlineData(256UL, 1024, 520)]
    public void JumpHash_IsThePublishedOne(ulong key, int buckets, int expected) =>
        Assert.Equal(expected, JumpHash.Of(key, buckets));

    [Fact]
    public void MoreShards_MoveKeysToTheNewOnesOnly_AndSpreadThemEvenly()
    {
        foreach (var (few, many) in new[] { (1, 2), (4, 5), (8, 32), (10, 1000) })
        {
            var moved = Hashes.Select(hash => (Before: KeyHomes.Of(hash, few), After: KeyHomes.Of(hash, many)))
                .Where(home => home.Before != home.After).ToList();

            Assert.All(moved, home => Assert.InRange(home.After, few, many - 1));
            Assert.InRange(moved.Count, Keys * (many - few) / many - 150, Keys * (many - few) / many + 150);
        }
    }

    [Fact]
    public void FormerHomes_AreThoseUnderEverySmallerNumber_TheLatestFirst() => Assert.All(Hashes.Take(200), hash =>
    {
        var home = KeyHomes.Of(hash, 64);
        var former = Enumerable.Range(1, 64).Reverse().Select(shards => KeyHomes.Of(hash, shards)).Distinct().Where(one => one != home);

        Assert.Equal(former, KeyHomes.Former(hash, home));
    });

    [Fact]
    public void NumberOfShards_IsTheHighestKnown_AndNeverFalls()
    {
        var homes = new KeyHomes();

        var known = new[] { 0, 1, 8, 6 }.Select(shards =>
        {
            homes.Learn(shards);
            return homes.Shards;
        });

        Assert.Equal([1, 1, 8, 8], known);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("no hexadecimal digits")]
    public void TextThatIsNoHash_HasSomeHome(string text) => Assert.InRange(KeyHomes.Of(text, 8), 0, 7);
}
