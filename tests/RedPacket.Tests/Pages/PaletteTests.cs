using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.Tests.Pages;

/// <summary>The contrast of the palette after WCAG 2: at least 4.5 for text, and 3 for lines.</summary>
public sealed partial class PaletteTests
{
    private static readonly string[] s_grounds = ["ground", "card", "sunken"];

    private static IEnumerable<(string Front, string Back)> Texts =>
    [
        .. from front in new[] { "text", "muted", "brand", "gold", "good", "wait", "bad" } from back in s_grounds select (front, back),
        ("on-brand", "brand-fill"), ("on-brand", "brand-deep"), ("on-gold", "gold-fill"), ("brand-deep", "gold-fill"),
        ("good", "good-soft"), ("wait", "wait-soft"), ("bad", "bad-soft"), ("brand", "bad-soft"),
        ("text", "bad-soft"), ("text", "wait-soft"), ("muted", "idle-soft"),
    ];

    private static IEnumerable<(string Front, string Back)> Drawings =>
        [("plot-one", "card"), ("plot-two", "card"), ("plot-three", "card"), ("gold", "card")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PairsInUse_HaveEnoughContrast(bool dark)
    {
        var palette = Palette(dark);

        var weak = Texts.Select(pair => (pair, 4.5)).Concat(Drawings.Select(pair => (pair, 3.0)))
            .Select(found => (found.pair, Least: found.Item2, Ratio: Contrast(palette[found.pair.Front], palette[found.pair.Back])))
            .Where(found => found.Ratio < found.Least)
            .Select(found => string.Create(CultureInfo.InvariantCulture, $"{found.pair.Front} on {found.pair.Back}: {found.Ratio:F2}"));

        Assert.Equal("", string.Join('\n', weak));
    }

    [Fact]
    public void BlackOnWhite_Is21() => Assert.Equal(21, Contrast("#000000", "#ffffff"), 3);

    private static Dictionary<string, string> Palette(bool dark)
    {
        var text = File.ReadAllText(SourceTree.At("src/RedPacket/Pages/wwwroot/css/palette.css"));
        var parts = text.Split("@media");
        var colours = new Dictionary<string, string>();
        foreach (var part in dark ? parts : parts[..1])
            foreach (Match found in Colour().Matches(part))
                colours[found.Groups["name"].Value] = found.Groups["value"].Value;
        return colours;
    }

    private static double Contrast(string one, string other)
    {
        var (bright, dim) = (Luminance(one), Luminance(other));
        return (Math.Max(bright, dim) + 0.05) / (Math.Min(bright, dim) + 0.05);
    }

    private static double Luminance(string colour)
    {
        var parts = Enumerable.Range(0, 3)
            .Select(n => int.Parse(colour.AsSpan(1 + (2 * n), 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    [GeneratedRegex(@"--(?<name>[a-z-]+):\s*(?<value>#[0-9a-f]{6});")]
    private static partial Regex Colour();
}
