using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>
/// Counts plain English: sentences of the documents, log texts and errors, and words that strangers stumble over.
/// </summary>
public sealed partial class WordsTests
{
    private const int LongestSentence = 30;
    private const double LongestMean = 16;

    /// <summary>Cells of tables and labels are not sentences.</summary>
    private const int ShortestSentence = 4;

    /// <summary>The pages may say this, and nothing else.</summary>
    internal const string ForPagesOnly = "on (?:its|their) way";

    /// <summary>Idioms that plain English does without, as patterns.</summary>
    internal static readonly string[] Idioms =
    [
        "stands", MadeGood, "make good", "dealt", "put right", "told of", "in hand", "stragglers?", "whose it is", "in earnest",
        "of (?:its|their) own", "by itself", "at the most", "at the least", "at once", "whoever", ForPagesOnly,
    ];

    /// <summary>A member of an answer goes by this name, and callers rely on it.</summary>
    private const string MadeGood = "made good";

    private static readonly Regex s_idiom = new($@"(?<![\w-])(?:{string.Join('|', Idioms)})(?![\w-])", RegexOptions.IgnoreCase);

    /// <summary>The files that are not documents and speak in comments or texts.</summary>
    private static IEnumerable<SourceFile> Spoken =>
    [
        .. from pattern in new[] { "*.cs", "*.lua", "*.sql", "*.sh", "*.csproj", "Dockerfile" }
           from folder in new[] { "src", "tests", "loadtest" }
           from file in SourceTree.Files(folder, pattern)
           where file.RelativePath != "tests/RedPacket.Tests/WordsTests.cs"
           select file,
        .. SourceTree.Files(".github", "*.yml"),
        .. from path in new[] { "docker-compose.yml", "Directory.Build.props", "Directory.Packages.props" }
           select new SourceFile(path, File.ReadAllText(SourceTree.At(path))),
    ];

    public static TheoryData<string> Documents =>
        [.. MarkdownFiles().Where(path => !path.Contains("zh-CN", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Sentences_OfADocument_AreShort(string path)
    {
        var sentences = Sentences(File.ReadAllText(SourceTree.At(path))).ToArray();

        AssertNone(sentences.Where(sentence => Words(sentence) > LongestSentence)
            .Select(sentence => $"{path}: {Words(sentence)} words: {sentence}"));
        var mean = sentences.Select(Words).Where(words => words >= ShortestSentence).DefaultIfEmpty().Average();
        Assert.True(mean <= LongestMean, $"{path}: {mean:0.0} words a sentence, at most {LongestMean}");
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Documents_UsePlainWords(string path) =>
        AssertNone(Sentences(File.ReadAllText(SourceTree.At(path))).SelectMany(sentence => Banned(path, 0, sentence)));

    [Fact]
    public void Logs_AreOneShortSentenceWithoutSemicolonOrFullStop() =>
        AssertNone(from file in SourceTree.Files("src", "*.cs")
                   from log in LogText().Matches(file.Text)
                   let text = log.Groups["text"].Value
                   let wrong = text.Contains(';', StringComparison.Ordinal) ? "a semicolon"
                       : text.EndsWith('.') ? "a full stop"
                       : Words(text) > LongestSentence ? $"{Words(text)} words"
                       : null
                   where wrong is not null
                   select $"{file.RelativePath}: {wrong}: {text}");

    [Fact]
    public void TextsInTheCode_AreShortSentences() =>
        AssertNone(from file in SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("loadtest", "*.cs"))
                   from literal in Literal().Matches(file.Code)
                   where IsProse(literal.Value)
                   from sentence in SentenceEnd().Split(literal.Groups["text"].Value)
                   where Words(sentence) > LongestSentence
                   select $"{file.RelativePath}: {Words(sentence)} words: {sentence}");

    [Fact]
    public void CommentsAndTexts_UsePlainWords() =>
        AssertNone(from file in Spoken
                   from line in file.Lines.Index()
                   let text = TextOf(line.Item)
                   where text.Length > 0
                   from breach in Banned(file.RelativePath, line.Index + 1, text)
                   select breach);

    [Fact]
    public void Names_UsePlainWords() =>
        AssertNone(from file in Spoken
                   where file.RelativePath.EndsWith(".cs", StringComparison.Ordinal)
                   from name in NameOfWords().Matches(file.Code).Select(found => found.Value).Distinct()
                   let words = WordStart().Replace(name, " ").Replace('_', ' ').ToLowerInvariant()
                   where !words.Contains(MadeGood, StringComparison.Ordinal)
                   from breach in Banned(file.RelativePath, 0, words)
                   select breach);

    /// <summary>The words of a line for people: its comment, and its texts.</summary>
    private static string TextOf(string line)
    {
        var comment = Comment().Match(line);
        var texts = Literal().Matches(line).Select(literal => literal.Value).Where(IsProse);
        return string.Join(" | ", [.. comment.Success ? [comment.Groups["text"].Value] : Array.Empty<string>(), .. texts]);
    }

    private static bool IsProse(string literal) =>
        literal.Count(character => character == ' ') >= 3 && !NotProse().IsMatch(literal);

    private static IEnumerable<string> Banned(string path, int line, string text) =>
        from found in s_idiom.Matches(text)
        select $"{path}{(line > 0 ? $":{line}" : "")}: '{found.Value}' in: {text.Trim()}";

    internal static IEnumerable<string> MarkdownFiles() =>
        from pattern in new[]
        {
            "README.md", "CHANGELOG.md", ".github/*.md", "src/*.md", "src/RedPacket.Demo/*.md", "src/RedPacket.Subscribers/*.md",
            "tests/*.md", "loadtest/*.md",
        }
        let folder = SourceTree.At(Path.GetDirectoryName(pattern)!)
        where Directory.Exists(folder)
        from file in Directory.GetFiles(folder, Path.GetFileName(pattern))
        select Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/');

    /// <summary>The sentences of paragraphs, list items and cells; blocks, headings and code are not read.</summary>
    private static IEnumerable<string> Sentences(string markdown) =>
        from block in BlockEnd().Split(Ignored().Replace(markdown, ""))
        let linked = Link().Replace(block.ReplaceLineEndings(" "), "${text}")
        let text = Tag().Replace(Code().Replace(linked, "code"), "").Replace("**", "", StringComparison.Ordinal)
        from sentence in SentenceEnd().Split(text)
        where Words(sentence) > 0
        select sentence.Trim();

    private static int Words(string sentence) => Word().Count(sentence);

    private static void AssertNone(IEnumerable<string> breaches)
    {
        var list = breaches.Distinct().ToArray();
        Assert.True(list.Length == 0, $"{list.Length} found:\n{string.Join('\n', list)}");
    }

    [GeneratedRegex(@"\[LoggerMessage\([^""]*""(?<text>(?:[^""\\]|\\.)*)""")]
    private static partial Regex LogText();

    [GeneratedRegex(@"""(?<text>(?:[^""\\\n]|\\.)*)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?:^\s*|\s)(?://+|--|#|<!--)\s(?<text>.+)$")]
    private static partial Regex Comment();

    /// <summary>A name of several words.</summary>
    [GeneratedRegex(@"\b\w*[a-z0-9_][A-Z]\w*\b")]
    private static partial Regex NameOfWords();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();

    /// <summary>SQL, paths, markup and policies.</summary>
    [GeneratedRegex(@"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|VALUES|FROM)\b|<\w|default-src|https?:")]
    private static partial Regex NotProse();

    [GeneratedRegex(@"```.*?```|<!--.*?-->|^\#.*?$|!\[[^\]]*\]\([^)]*\)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Ignored();

    [GeneratedRegex(@"\n\s*\n|\||\n\s*(?:[-*]|\d+\.)\s")]
    private static partial Regex BlockEnd();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=[A-Z0-9""(]|code\b)")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[A-Za-z0-9][\w'’\-./%,]*")]
    private static partial Regex Word();
}
