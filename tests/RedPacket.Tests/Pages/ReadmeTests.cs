using System.Text.RegularExpressions;
using RedPacket.Hosting;

namespace RedPacket.Tests.Pages;

/// <summary>The README has the same headings, commands, figures and links in both languages.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_english = File.ReadAllText(SourceTree.At("README.md"));
    private static readonly string s_chinese = File.ReadAllText(SourceTree.At("README.zh-CN.md"));

    [Fact]
    public void Headings_AreAsManyAndAsDeep() => Assert.Equal(Found(Heading(), s_english), Found(Heading(), s_chinese));

    [Fact]
    public void CommandsAndTheirOutput_AreTheSame()
    {
        Assert.NotEmpty(Found(Block(), s_english));
        Assert.Equal(Found(Block(), s_english), Found(Block(), s_chinese));
    }

    [Fact]
    public void Tables_HaveTheSameRowsFiguresAndNames()
    {
        var (english, chinese) = (Rows(s_english), Rows(s_chinese));

        Assert.Equal(english.Length, chinese.Length);
        Assert.All(english.Zip(chinese), pair => Assert.Equal(Facts(pair.First), Facts(pair.Second)));
    }

    [Fact]
    public void Sentences_HaveTheSameFigures()
    {
        Assert.Equal(Figures(s_english), Figures(s_chinese));
        Assert.Contains(Figures(s_english), part => part.Length > 0);
    }

    [Fact]
    public void LinksAndPictures_AreTheSame_AndTheFilesAreThere()
    {
        var (english, chinese) = (Found(Link(), s_english), Found(Link(), s_chinese));

        Assert.Equal(english.Where(IsNoReadme), chinese.Where(IsNoReadme));
        Assert.Contains("README.zh-CN.md", english);
        Assert.Contains("README.md", chinese);
        Assert.All(english.Concat(chinese), link => Assert.True(Path.Exists(SourceTree.At(link)), link));
    }

    [Fact]
    public void DiagramOfAGrab_NamesItsCrashPointsInOrder()
    {
        var text = File.ReadAllText(SourceTree.At("src/RedPacket.Demo/README.md"));
        var ofAGrab = CrashPoint.All.SkipWhile(point => point != CrashPoint.GrabsGranted)
            .TakeWhile(point => point != CrashPoint.Refunded).ToArray();

        Assert.Equal(ofAGrab, Found(DiagramNote(), text));
        Assert.Equal(ofAGrab, Found(FirstCell(), text.Split("| the process dies at")[1].Split("\n\n")[0]));
    }

    private static bool IsNoReadme(string link) => !link.StartsWith("README", StringComparison.Ordinal);

    private static string[] Found(Regex pattern, string text) =>
        [.. pattern.Matches(text).Select(found => found.Groups["fact"].Value)];

    private static string[] Rows(string text) => [.. text.Split('\n').Where(line => line.StartsWith('|'))];

    /// <summary>Code names, and cells with only a figure.</summary>
    private static string[] Facts(string row) =>
        [.. Fact().Matches(row).Select(found => found.Value.Trim(' ', '|')).Where(fact => fact.Length > 0)];

    /// <summary>
    /// The sorted figures of each part, from one heading to the next. Two languages order them differently.
    /// </summary>
    private static string[] Figures(string text) =>
        [.. Heading().Split(NotASentence().Replace(text, "")).Select(SortedFigures)];

    private static string SortedFigures(string part) =>
        string.Join(' ', Figure().Matches(part).Select(found => found.Value).Order(StringComparer.Ordinal));

    [GeneratedRegex("^(?<fact>#+) ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("```(?<fact>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^  Note over [A-Z,]+: (?<fact>.+)$", RegexOptions.Multiline)]
    private static partial Regex DiagramNote();

    [GeneratedRegex("^\\| `(?<fact>[^`]+)`", RegexOptions.Multiline)]
    private static partial Regex FirstCell();

    [GeneratedRegex(@"(?:\]\(|srcset=""|src="")(?<fact>[^)""#:]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`[^`]+`|(?<=\| )[\d.]+(?= \|)")]
    private static partial Regex Fact();

    /// <summary>Blocks, table rows, code, links and tags.</summary>
    [GeneratedRegex(@"```.*?```|^\|[^\n]*|`[^`\n]*`|\]\([^)\n]*\)|<[^>\n]*>", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex NotASentence();

    [GeneratedRegex(@"[0-9]+(?:[.,][0-9]+)*")]
    private static partial Regex Figure();
}
