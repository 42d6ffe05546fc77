namespace RedPacket.Tests.Drills;

public sealed class DrillsPartTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(80)]
    public void AllParts_HaveEachPlaceOnce(int parts)
    {
        var places = Enumerable.Range(1, parts).SelectMany(part => Enumerable.Range(0, 100).Where(new DrillsPart(part, parts).Has));

        Assert.Equal(Enumerable.Range(0, 100), places.Order());
    }

    [Theory]
    [InlineData("3/7", 3, 7)]
    [InlineData("1/1", 1, 1)]
    public void Part_IsRead(string text, int part, int parts) =>
        Assert.Equal(new DrillsPart(part, parts), DrillsPart.Parse(text));

    [Theory]
    [InlineData("0/7")]
    [InlineData("8/7")]
    [InlineData("3")]
    [InlineData("3/7/9")]
    [InlineData("1/81")]
    [InlineData("-1/7")]
    [InlineData("x/7")]
    public void InvalidPart_IsRefusedWithTheFormat(string text) =>
        Assert.Contains("such as 3/7", Assert.Throws<ArgumentException>(() => DrillsPart.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", 1)]
    [InlineData("00000000c90f93a6a3d75b3a4c0b2a41f4d1ad1c", 1)]
    [InlineData("00000027c90f93a6a3d75b3a4c0b2a41f4d1ad1c", 40)]
    [InlineData("ffffffffc90f93a6a3d75b3a4c0b2a41f4d1ad1c", 16)]
    public void Commit_HasAPart(string hash, int part) => Assert.Equal(part, DrillsPart.OfCommit(hash).Part);

    [Fact]
    public void EachPartOfACommit_PlaysSomething() =>
        Assert.All(
            Enumerable.Range(0, 80),
            hash => Assert.NotEmpty(RegistryTests.PlaysOf(DrillsPart.OfCommit($"{hash:x8}"), isLong: false)));
}
