using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.Tests.LoadTool;

/// <summary>Summary, page, plots and comparison depend only on the document.</summary>
public sealed partial class DocumentTests
{
    private static ResultDocument Hostile => Documents.Good with
    {
        Command = "run --url \"><script>alert(1)</script>",
        Exit = 99,
        Target = Documents.Good.Target with { Store = "<img src=x onerror=alert(2)>", Urls = ["http://'\"&<b>"] },
        Warnings = ["<b>warning</b>"],
        Failures = [new Failure("<i>what</i>", 3, "HTTP/1.1 200 OK [red]<a href='http://evil.example'>")],
        Money = Documents.Good.Money! with { Lost = 1, Evidence = ["confirmed but not in the ledger: <u>user</u>"] },
    };

    [GeneratedRegex("(?:src|href|url|@import|xlink)\\s*[=(]\\s*(?![\"']?data:)", RegexOptions.IgnoreCase)]
    private static partial Regex Request();

    [Fact]
    public void Json_IsTheSameAfterReadingAndWriting()
    {
        var again = ResultDocument.Parse(Documents.Good.ToJson());
        Assert.Equal(Documents.Good.ToJson(), again.ToJson());
        Assert.Equal(Documents.Good.Money!.Won, again.Money!.Won);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("null")]
    public void TextThatIsNoDocument_IsRefused(string text) =>
        Assert.ThrowsAny<JsonException>(() => ResultDocument.Parse(text));

    [Fact]
    public void OtherSchema_IsRefused()
    {
        var text = (Documents.Good with { Schema = 2 }).ToJson();
        Assert.Contains("schema 2", Assert.Throws<JsonException>(() => ResultDocument.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HostilePage_MakesNoRequestAndRunsNoScript()
    {
        var page = HtmlReport.Of(Hostile);
        var parts = page.Replace("href=&#39;", "", StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        var link = Assert.Single(Regex.Matches(page, "<a [^>]*>"));
        Assert.StartsWith("<a download=", link.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        var tags = Regex.Matches(parts, "<[^>]*>").Select(tag => tag.Value);
        Assert.DoesNotContain(tags, tag => Request().IsMatch(tag));
        Assert.Contains("&lt;script&gt;alert(1)", page, StringComparison.Ordinal);
        Assert.Contains("FAILED", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_ShowsTheMeasuredFigures()
    {
        var page = HtmlReport.Of(Documents.Good);
        string[] expected =
        [
            "PASSED", "3,750/s", "12 ms", "400 ms", "CONSISTENT", "75,000", "run --seed 7", "abc1234", "Test CPU",
            "prefers-color-scheme:dark", "name=\"viewport\"",
        ];
        Assert.All(expected, text => Assert.Contains(text, page, StringComparison.Ordinal));
    }

    [Fact]
    public void Page_HoldsTheWholeResult()
    {
        var data = Regex.Match(HtmlReport.Of(Hostile), "href=\"data:application/json;base64,([^\"]*)\"").Groups[1].Value;
        Assert.Equal(Hostile.ToJson(), System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data)));
    }

    [Fact]
    public void Plots_AreWellFormedAndHaveEveryLine()
    {
        foreach (var (name, svg) in Plots.Of(Hostile))
        {
            var root = XDocument.Parse(svg).Root!;
            var lines = Plots.All(Hostile).Single(plot => plot.Name == name).Plot.Lines;
            var paths = root.Elements().Where(element => element.Name.LocalName == "path");
            Assert.Equal(lines.Count, paths.Count(path => path.Attribute("class")!.Value.StartsWith('c')));
            Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        }
        Assert.Equal(["throughput", "latency", "percentiles", "backlog"], Plots.Of(Hostile).Select(plot => plot.Name));
    }

    [Fact]
    public void NothingMeasured_IsShownAsNotMeasured()
    {
        var good = Documents.Good;
        var none = good.Latency with { Curve = [] };
        var empty = good with { Series = [], Flow = [], Lag = null, Money = null, Verdict = null, Drain = null };
        empty = empty with { Latency = none, Service = none };
        var texts = Plots.Of(empty).Select(plot => XDocument.Parse(plot.Svg).Root!.Value);
        Assert.All(texts, text => Assert.Contains("not measured", text, StringComparison.Ordinal));
        Assert.Contains("not compared", Outputs.Plain(empty), StringComparison.Ordinal);
        Assert.Contains("</html>", HtmlReport.Of(empty), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_StartsWithThresholdsAndFitsAScreen()
    {
        ThresholdResult[] thresholds = [.. Documents.Good.Thresholds, new ThresholdResult("p99<1ms", "12 ms", false)];
        var lines = Outputs.Plain(Documents.Good with { Thresholds = thresholds, Exit = 99 }).Split('\n');
        Assert.Equal("✓ money==balanced              balanced", lines[1]);
        Assert.Equal("✗ p99<1ms                      12 ms", lines[2]);
        Assert.Contains(lines, line => line.StartsWith("latency        p50 1 ms  p90 4 ms  p99 12 ms", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("CPU per grab   demo 50 µs  generator 10 µs", StringComparison.Ordinal));
        Assert.Contains("FAILED p99<1ms (12 ms)", lines);
        Assert.True(lines.Length <= 24, $"{lines.Length} lines");
        Assert.Contains("[red]<a href", Outputs.Plain(Hostile), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public void NarrowTerminal_KeepsNumbersAndUnitsTogether(int width)
    {
        var lines = Outputs.Plain(Documents.Good with { Warnings = ["Something took 12 ms of a second, which is 1.2 % of it."] }, width)
            .Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.All(lines, line => Assert.DoesNotMatch(@"^\s*(µs|ms|s|min|%)(\s|$)", line));
        Assert.True(lines.Length > Outputs.Plain(Documents.Good).Split('\n').Length);
    }

    [Fact]
    public void Summary_TellsWarmupAndMeasuredSharesApart()
    {
        var document = Documents.Good with { Money = Documents.Good.Money! with { WarmupWon = 5000 } };
        var money = Outputs.Plain(document).Split('\n').Single(line => line.StartsWith("money ", StringComparison.Ordinal));
        Assert.Contains("warm-up 5,000 + measured 70,000 = 75,000 shares", money, StringComparison.Ordinal);
    }
}
