using RedPacket.Messages;

namespace RedPacket.Tests.Messages;

public sealed class PacketIdTests
{
    [Theory]
    [InlineData("0-0192b1f0c0de7abc8def0123456789ab", true)]
    [InlineData("9999-0192b1f0c0de7abc8def0123456789ab", true)]
    [InlineData("10000-0192b1f0c0de7abc8def0123456789ab", false)]
    [InlineData("01-0192b1f0c0de7abc8def0123456789ab", false)]
    [InlineData("-0192b1f0c0de7abc8def0123456789ab", false)]
    [InlineData("0-0192B1F0C0DE7ABC8DEF0123456789AB", false)]
    [InlineData("0-0192b1f0c0de7abc8def0123456789a", false)]
    [InlineData("0-0192b1f0c0de7abc8def0123456789ab\n", false)]
    [InlineData("{0}-0192b1f0c0de7abc8def0123456789ab", false)]
    [InlineData("", false)]
    public void Id_IsReadOrRefused(string id, bool valid) => Assert.Equal(valid, PacketId.TryParse(id, out _));

    [Fact]
    public void LaterIds_SortAfterEarlierOnes()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
        var (first, second) = (PacketId.New(0, now), PacketId.New(0, now.AddMilliseconds(1)));
        Assert.True(string.CompareOrdinal(first, second) < 0);
        Assert.Equal(1_790_000_000_000, PacketId.MillisecondsOf(first));
    }
}
