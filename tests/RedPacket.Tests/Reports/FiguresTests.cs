using RedPacket.Reports;

namespace RedPacket.Tests.Reports;

/// <summary>Figures as people read them.</summary>
public sealed class FiguresTests
{
    [Theory]
    [InlineData(0L, "¥0.00")]
    [InlineData(5L, "¥0.05")]
    [InlineData(2180776L, "¥21,807.76")]
    [InlineData(-123L, "−¥1.23")]
    [InlineData(long.MinValue, "−¥92,233,720,368,547,758.08")]
    [InlineData(null, "–")]
    public void Money_IsReadFromIntegers(long? fen, string text) => Assert.Equal(text, Figures.Yuan(fen));

    [Theory]
    [InlineData(0L, "0")]
    [InlineData(-1234L, "−1,234")]
    [InlineData(1234567L, "1,234,567")]
    [InlineData(null, "–")]
    public void Counts_HaveGroups(long? number, string text) => Assert.Equal(text, Figures.Count(number));

    [Fact]
    public void SidesOfARule_AreYuanOrCounts()
    {
        var money = new Rule("trial_balance", "", 2180776, 2180776, 0, ReportRules.Pass);
        var claims = new Rule("granted_is_on_its_way_or_recorded", "", 19981, 19981, 0, ReportRules.Pass);

        Assert.Equal(("¥21,807.76", "19,981"), (Figures.Side(money, money.Left), Figures.Side(claims, claims.Left)));
    }
}
