using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

public sealed class GreetingsTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("恭喜发财，大吉大利", true)]
    [InlineData("<script>alert(1)</script>", true)]
    [InlineData("👨‍👩‍👧‍👦🧧", true)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0000b", false)]
    [InlineData("a\u0085b", false)]
    [InlineData("a\u202Eb", false)]
    [InlineData("a\u2066b", false)]
    [InlineData("a\u200Db", true)]
    public void Greeting_IsAcceptedOrRefused(string greeting, bool valid) =>
        Assert.Equal(valid, Greetings.IsValid(greeting, 100));

    [Theory]
    [InlineData(0x2028)]
    [InlineData(0x2029)]
    [InlineData(0xE0041)]
    [InlineData(0xE007F)]
    [InlineData(0x200B)]
    [InlineData(0x200E)]
    [InlineData(0x061C)]
    [InlineData(0xFEFF)]
    [InlineData(0xE000)]
    public void CharacterThatHidesOrTurnsText_IsRefused(int character) =>
        Assert.False(Greetings.IsValid($"a{char.ConvertFromUtf32(character)}b", 100));

    [Fact]
    public void LoneSurrogate_IsRefused() => Assert.False(Greetings.IsValid("a\uD83Db", 100));

    [Fact]
    public void Length_IsCountedInTextElements()
    {
        Assert.True(Greetings.IsValid(string.Concat(Enumerable.Repeat("👨‍👩‍👧‍👦", 100)), 100));
        Assert.False(Greetings.IsValid(new string('a', 101), 100));
        Assert.False(Greetings.IsValid("a" + new string('\u0301', 5000), 100));
    }
}
