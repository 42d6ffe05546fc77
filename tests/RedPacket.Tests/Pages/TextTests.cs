using System.Text.RegularExpressions;

namespace RedPacket.Tests.Pages;

/// <summary>Two languages in step, and no text that nobody shows.</summary>
public sealed partial class TextTests
{
    private static readonly string[] s_computed =
        ["title.", "problem.", "fault.", "kind.", "state.", "late.", "live.", "part.", "start.", "settled.", "line.", "crowd.", "unit."];

    [Fact]
    public void BothLanguages_HaveTheSameKeysAndTheSameHoles()
    {
        var (english, chinese) = (Texts("en"), Texts("zh"));

        Assert.Equal(english.Keys, chinese.Keys);
        Assert.All(english, text => Assert.Equal(Holes(text.Value), Holes(chinese[text.Key])));
    }

    [Fact]
    public void EveryTextIsShown_AndEveryKeyHasAText()
    {
        var texts = Texts("en");
        var code = string.Join('\n', Scripts.Where(file => !file.Name.StartsWith("texts.", StringComparison.Ordinal)).Select(file => file.Text));
        var named = Quoted().Matches(code).Select(found => found.Groups["key"].Value).ToHashSet();

        var unknown = Called().Matches(code).Select(found => found.Groups["key"].Value).Where(key => !texts.ContainsKey(key));
        var unused = texts.Keys.Where(key => !named.Contains(key) && !s_computed.Any(start => key.StartsWith(start, StringComparison.Ordinal)));

        Assert.Equal("", string.Join(' ', unknown.Concat(unused)));
    }

    [Fact]
    public void EveryButton_IsPressedByATest()
    {
        var tests = string.Join('\n', SourceTree.Files("tests/RedPacket.Tests/Pages", "*.cs").Select(file => file.Text));
        var buttons = Scripts.SelectMany(file => Button().Matches(file.Text)).Select(found => found.Groups["tag"].Value).ToArray();
        var named = buttons.Select(tag => Named().Match(tag)).ToArray();
        Assert.True(buttons.Length > 25, $"{buttons.Length} buttons");

        // A name that is put together is looked for by its beginning.
        var missing = named.Where(name => !IsPressed(tests, name.Groups["name"].Value)).Select(name => name.Value);

        Assert.Equal("", string.Join(' ', missing.Concat(buttons.Where(tag => !Named().IsMatch(tag)))));
    }

    [Fact]
    public void Money_NeverMeetsAFloat()
    {
        var code = Scripts.SelectMany(file => file.Text.Split('\n').Select(line => (file.Name, line)));

        var breaches = code.Where(at => Float().IsMatch(at.line)).Select(at => $"{at.Name}: {at.line.Trim()}");

        Assert.Equal("", string.Join('\n', breaches));
    }

    private static IReadOnlyList<(string Name, string Text)> Scripts { get; } =
        [.. Directory.GetFiles(SourceTree.At("src/RedPacket/Pages/wwwroot/js"), "*.js").Select(path => (Path.GetFileName(path), File.ReadAllText(path)))];

    private static bool IsPressed(string tests, string name) =>
        new[] { $"\"{name}", $"data-test={name}]", $"data-test^={name}]" }.Any(words => tests.Contains(words, StringComparison.Ordinal));

    private static Dictionary<string, string> Texts(string language) =>
        Line().Matches(Scripts.Single(file => file.Name == $"texts.{language}.js").Text).ToDictionary(found => found.Groups["key"].Value, found => found.Groups["text"].Value);

    private static string[] Holes(string text) => [.. Hole().Matches(text).Select(found => found.Value).Order()];

    [GeneratedRegex(@"^  ""(?<key>[^""]+)"": ""(?<text>(?:[^""\\]|\\.)*)"",$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"<button(?<tag>(?:[^>]|=>)*)>")]
    private static partial Regex Button();

    [GeneratedRegex(@"data-test=(?:""|\$\{`)(?<name>[\w-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"""(?<key>[A-Za-z][\w.-]*)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bt\(""(?<key>[^""]+)""")]
    private static partial Regex Called();

    [GeneratedRegex(@"[fF]en\)?\s*[*/]\s*[\d.]+(?!\d*n)|parseFloat|toFixed.*[fF]en|Number\([^)]*[fF]en")]
    private static partial Regex Float();
}
