using System.Text.RegularExpressions;
using RedPacket.Comparison;
using RedPacket.Reports;

namespace RedPacket.Tests.Pages;

/// <summary>
/// The texts of the pages: both languages have the same keys, every text is shown, and the English is plain.
/// </summary>
public sealed partial class TextTests
{
    private const int LongestSentence = 30;
    private const double LongestMean = 16;

    /// <summary>The scripts compute the keys with these beginnings.</summary>
    private static readonly string[] s_computed =
    [
        "title.", "problem.", "fault.", "kind.", "state.", "late.", "live.", "part.", "start.", "settled.", "line.", "crowd.",
        "unit.", "stage.", "sum.", "rule.", "entry.", "elsewhere.", "verdict.", "cause.", "side.", "result.", "parked.", "table.",
        "report.differences.", "tour.", "plots.", "transfer.", "send.blocked.", "account.", "recovery.", "house.gate.",
        "followers.", "risk.", "inbox.",
        "rooms.", "alerts.", "changes.",
    ];

    private static readonly string[] s_banned =
        [.. WordsTests.Idioms.Where(idiom => idiom != WordsTests.ForPagesOnly)];

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
        var scripts = Scripts.Where(file => !file.Name.StartsWith("texts.", StringComparison.Ordinal));
        var code = string.Join('\n', scripts.Select(file => file.Text));
        var named = Quoted().Matches(code).Select(found => found.Groups["key"].Value).ToHashSet();

        var unknown = Called().Matches(code).Select(found => found.Groups["key"].Value).Where(key => !texts.ContainsKey(key));
        var unused = texts.Keys.Except(named).Where(key => !s_computed.Any(start => key.StartsWith(start, StringComparison.Ordinal)));

        Assert.Equal("", string.Join(' ', unknown.Concat(unused)));
    }

    [Fact]
    public void EveryProblemCode_HasAText()
    {
        var texts = Texts("en");

        Assert.All(RedPacket.Http.Codes.All.Keys, code => Assert.Contains($"problem.{code}", texts));
    }

    [Fact]
    public void EveryRule_HasANameAndAStatement_AndItsUnit()
    {
        var texts = Texts("en");
        ComparisonTally nothing = new();
        string[] rules =
        [
            .. ReportRules.OfPackets(nothing, true, true).Concat(ReportRules.OfLedger(null, [])).Append(ReportRules.OfSubscribers(null))
                .Select(rule => rule.Id),
        ];
        var report = Scripts.Single(file => file.Name == "report.js").Text;
        var money = Quoted().Matches(MoneyRules().Match(report).Value).Select(found => found.Groups["key"].Value);

        Assert.All(rules, rule => Assert.Contains($"rule.{rule}", texts));
        Assert.All(rules, rule => Assert.Contains($"rule.{rule}.what", texts));
        Assert.Equal(rules.Where(ReportRules.IsAboutMoney), money);
    }

    [Fact]
    public void EnglishTexts_ArePlain()
    {
        var texts = Texts("en");
        var sentences = (from text in texts
                         from sentence in Sentence().Split(text.Value)
                         select (text.Key, Words: Word().Count(sentence))).ToArray();

        var banned = from text in texts
                     from word in s_banned
                     where Regex.IsMatch(text.Value, $@"\b{word}\b", RegexOptions.IgnoreCase)
                     select $"{text.Key}: {word}";
        var chained = texts.Where(text => text.Value.Contains(';', StringComparison.Ordinal)).Select(text => $"{text.Key}: semicolon");
        var tooLong = sentences.Where(found => found.Words > LongestSentence).Select(found => $"{found.Key}: {found.Words} words");

        Assert.Equal("", string.Join('\n', banned.Concat(chained).Concat(tooLong)));
        Assert.InRange(sentences.Average(sentence => sentence.Words), 1, LongestMean);
    }

    [Fact]
    public void EveryButton_IsPressedByATest()
    {
        var tests = string.Join('\n', SourceTree.Files("tests/RedPacket.Tests/Pages", "*.cs").Select(file => file.Text));
        var buttons = Scripts.SelectMany(file => Button().Matches(file.Text)).Select(found => found.Groups["tag"].Value).ToArray();
        var named = buttons.Select(tag => Named().Match(tag)).ToArray();
        Assert.True(buttons.Length > 25, $"{buttons.Length} buttons");

        // A computed name is searched by its constant beginning.
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
    [
        .. from path in Directory.GetFiles(SourceTree.At("src/RedPacket/Pages/wwwroot/js"), "*.js")
           select (Path.GetFileName(path), File.ReadAllText(path)),
    ];

    private static bool IsPressed(string tests, string name) =>
        new[] { $"\"{name}", $"data-test={name}]", $"data-test^={name}]" }.Any(words => tests.Contains(words, StringComparison.Ordinal));

    private static Dictionary<string, string> Texts(string language) =>
        Line().Matches(Scripts.Single(file => file.Name == $"texts.{language}.js").Text)
            .ToDictionary(found => found.Groups["key"].Value, found => found.Groups["text"].Value);

    private static string[] Holes(string text) => [.. Hole().Matches(text).Select(found => found.Value).Order()];

    [GeneratedRegex(@"^  ""(?<key>[^""]+)"": ""(?<text>(?:[^""\\]|\\.)*)"",$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"(?<=[.!?])\s+")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"[\w{][\w'’.,:{}/-]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"<button(?<tag>(?:[^>]|=>)*)>")]
    private static partial Regex Button();

    [GeneratedRegex(@"data-test=(?:""|\$\{`)(?<name>[\w-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"moneyRules = \[[^\]]*\]")]
    private static partial Regex MoneyRules();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"""(?<key>[A-Za-z][\w.-]*)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bt\(""(?<key>[^""]+)""")]
    private static partial Regex Called();

    [GeneratedRegex(@"[fF]en\)?\s*[*/]\s*[\d.]+(?!\d*n)|parseFloat|toFixed.*[fF]en|Number\([^)]*[fF]en")]
    private static partial Regex Float();
}
