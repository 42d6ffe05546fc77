using System.Globalization;
using System.Xml.Linq;
using RedPacket.LoadTest.Report;

namespace RedPacket.Tests.LoadTool;

public sealed class PlotTests
{
    [Theory]
    [InlineData(12.3, 7)]
    [InlineData(800, 0.31)]
    [InlineData(9, 10_000)]
    [InlineData(0.4, 12_500_000)]
    public void Marks_AreExactlyAtTheirValues(double mostX, double mostY)
    {
        var plot = new Plot("t", "x", "y", [new Line("l", 1, [(0, 0), (mostX, mostY)])], Format.Number);
        foreach (var width in new[] { Plot.Wide, Plot.Narrow })
        {
            var marks = XDocument.Parse(plot.ToSvg(withStyle: false, width)).Descendants()
                .Where(element => element.Name.LocalName == "text" && IsNumber(element.Value)).ToArray();
            AssertEven(marks.Where(mark => mark.Attribute("text-anchor")!.Value == "end"), "y");
            AssertEven(marks.Where(mark => mark.Attribute("text-anchor")!.Value == "middle"), "x");
        }
    }

    [Fact]
    public void Texts_DoNotTouchEachOther()
    {
        foreach (var (name, plot) in Plots.All(Documents.Good))
        {
            foreach (var width in new[] { Plot.Wide, Plot.Narrow })
            {
                var boxes = XDocument.Parse(plot.ToSvg(withStyle: false, width)).Descendants()
                    .Where(element => element.Name.LocalName == "text").Select(Box).ToArray();
                Assert.All(boxes, box => Assert.True(box.Left >= 0 && box.Right <= width, $"{name} {width}: {box.Text} is cut"));
                foreach (var (i, a) in boxes.Index())
                    Assert.All(boxes.Skip(i + 1), b => Assert.False(
                        a.Left < b.Right && b.Left < a.Right && Math.Abs(a.Y - b.Y) < 12, $"{name} {width}: {a.Text} and {b.Text}"));
            }
        }
    }

    private static (string Text, double Left, double Right, double Y) Box(XElement text)
    {
        // About the mean width of a letter in a wide font: ordinary ones of 12 px, and the bold ones of the title.
        var length = text.Value.Length * (text.Attribute("class") is null ? 6.8 : 8.5);
        var left = Number(text, "x") - text.Attribute("text-anchor")?.Value switch { "end" => length, "middle" => length / 2, _ => 0 };
        return (text.Value, left, left + length, Number(text, "y"));
    }

    /// <summary>The distance of each mark from 0 is in proportion to its number.</summary>
    private static void AssertEven(IEnumerable<XElement> texts, string axis)
    {
        var marks = texts.Select(text => (At: Number(text, axis), Value: double.Parse(text.Value, CultureInfo.InvariantCulture))).ToArray();
        var (zero, last) = (marks.Single(mark => mark.Value == 0), marks.MaxBy(mark => mark.Value));
        Assert.InRange(marks.Length, 3, 12);
        Assert.All(marks, mark => Assert.Equal((last.At - zero.At) * mark.Value / last.Value, mark.At - zero.At, 0.2));
    }

    private static bool IsNumber(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
