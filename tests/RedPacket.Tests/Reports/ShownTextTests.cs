using RedPacket.Reports.Commands;

namespace RedPacket.Tests.Reports;

public sealed class ShownTextTests
{
    [Theory]
    [InlineData("\e[32mPASS\e[0m\n", "\e[32mPASS\e[0m\n")]
    [InlineData("\e]0;title\a", "?]0;title?")]
    [InlineData("a\e[2Jb", "a?[2Jb")]
    [InlineData("a\rb\tc\u009b31m", "a?b?c?31m")]
    [InlineData("恭喜发财 🧧", "恭喜发财 🧧")]
    public void TerminalGetsColoursAndNoOtherCommands(string text, string shown) =>
        Assert.Equal(shown, ServiceCall.Shown(text));
}
