using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>Documents and mutants name only files, headings and tests that exist.</summary>
public sealed partial class TidyTests
{
    private const string SeenBy = "Seen by: ";

    [GeneratedRegex(@"`(?<path>[\w./-]+\.(?:cs|lua|sql|sh|md|http|js|yml|sln|props))`")]
    private static partial Regex FileInADocument();

    [GeneratedRegex(@"\]\((?<path>[^)#:]+)(?:#[^)]*)?\)")]
    private static partial Regex LinkInADocument();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    private static IEnumerable<SourceFile> Documents =>
        WordsTests.MarkdownFiles().Select(path => new SourceFile(path, CodeBlock().Replace(File.ReadAllText(SourceTree.At(path)), "")));

    /// <summary>A path may leave out its first folders, as the tables of rooms do.</summary>
    [Fact]
    public void FilesInDocuments_Exist()
    {
        string[] folders = [".github", "src", "tests", "loadtest"];
        var all = folders.SelectMany(folder => Directory.EnumerateFiles(SourceTree.At(folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(SourceTree.Root))
            .Select(path => Path.GetRelativePath(SourceTree.Root, path).Replace('\\', '/'))
            .SelectMany(Endings).ToHashSet();
        AssertNone(from document in Documents
                   from found in FileInADocument().Matches(document.Text)
                   let path = found.Groups["path"].Value
                   where !all.Contains(path)
                   select $"{document.RelativePath}: there is no file {path}");
    }

    [Fact]
    public void LinksInDocuments_LeadToFiles() =>
        AssertNone(from document in Documents
                   from found in LinkInADocument().Matches(document.Text)
                   let path = found.Groups["path"].Value
                   where !Path.Exists(SourceTree.At(Path.Combine(Path.GetDirectoryName(document.RelativePath)!, path)))
                   select $"{document.RelativePath}: the link to {path} leads nowhere");

    /// <summary>An anchor is a heading in small letters, with hyphens for spaces and without other marks.</summary>
    [Fact]
    public void AnchorsInDocuments_LeadToHeadings() =>
        AssertNone(from document in Documents
                   let headings = Heading().Matches(document.Text).Select(found => Mark().Replace(
                       found.Groups["words"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet()
                   from found in Anchor().Matches(document.Text)
                   where !headings.Contains(found.Groups["anchor"].Value)
                   select $"{document.RelativePath}: #{found.Groups["anchor"].Value} is no heading");

    [GeneratedRegex(@"^#{1,6} (?<words>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(#(?<anchor>[^)]+)\)")]
    private static partial Regex Anchor();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Mark();

    /// <summary>A library of the pages is as it was published, but for the lines that the table names.</summary>
    [Fact]
    public void VendoredLibraries_AreAsTheirTableSays()
    {
        const string folder = "src/RedPacket/Pages/wwwroot/vendor";
        var listed = Hashed().Matches(File.ReadAllText(SourceTree.At($"{folder}/README.md")))
            .ToDictionary(row => row.Groups["file"].Value, row => row.Groups["hash"].Value);
        var found = Directory.EnumerateFiles(SourceTree.At(folder)).Where(path => Path.GetExtension(path) is ".mjs" or ".css")
            .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));

        Assert.Equal(found.OrderBy(file => file.Key), listed.OrderBy(file => file.Key));
    }

    [GeneratedRegex(@"^\| `(?<file>[\w.]+)` \| `(?<hash>[0-9a-f]{64})` \|$", RegexOptions.Multiline)]
    private static partial Regex Hashed();

    /// <summary>A comment that names a rule of the protocol leads to its text.</summary>
    [Fact]
    public void RulesOfTheProtocol_AreInItsDocument()
    {
        var protocol = File.ReadAllText(SourceTree.At("src/PROTOCOL.md"));
        var rules = Rule().Matches(protocol).Select(found => found.Groups["rule"].Value).ToHashSet();
        AssertNone(from extension in (string[])["*.cs", "*.lua", "*.sql", "*.md"]
                   from folder in (string[])["src", "tests", "loadtest"]
                   from source in SourceTree.Files(folder, extension)
                   from named in NamedRule().Matches(source.Text)
                   where !rules.Contains(named.Groups["rule"].Value)
                   select $"{source.RelativePath}: the protocol has no rule {named.Groups["rule"].Value}");
    }

    /// <summary>A rule leads to the code that keeps it.</summary>
    [Fact]
    public void RulesOfTheProtocol_AreNamedWhereTheyAreKept()
    {
        var named = (from extension in (string[])["*.cs", "*.lua", "*.sql"]
                     from source in SourceTree.Files("src", extension)
                     from found in NamedRule().Matches(source.Text)
                     select found.Groups["rule"].Value).ToHashSet();
        AssertNone(from found in Rule().Matches(File.ReadAllText(SourceTree.At("src/PROTOCOL.md")))
                   let rule = found.Groups["rule"].Value
                   where !named.Contains(rule)
                   select $"no code names the rule {rule}");
    }

    [GeneratedRegex(@"^(?<rule>\d\.\d) \*\*", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"PROTOCOL (?<rule>\d\.\d)")]
    private static partial Regex NamedRule();

    /// <summary>Their run takes minutes, so the quick tests check at least that it can begin.</summary>
    [Fact]
    public void Mutants_ApplyToTheSource() =>
        AssertNone(from patch in SourceTree.Files("tests/mutants", "*.patch")
                   let refusal = GitApply(patch.RelativePath)
                   where refusal.Length > 0
                   select $"{patch.RelativePath}: {refusal}");

    [Fact]
    public void Mutants_NameTestsThatExist() =>
        AssertNone(from patch in SourceTree.Files("tests/mutants", "*.patch")
                   from line in patch.Text.Split('\n')
                   where line.StartsWith(SeenBy, StringComparison.Ordinal)
                   let test = line[SeenBy.Length..]
                   let dot = test.LastIndexOf('.')
                   where typeof(TidyTests).Assembly.GetType(test[..dot])?.GetMethod(test[(dot + 1)..]) is null
                   select $"{patch.RelativePath}: there is no test {test}");

    [Fact]
    public void Mutants_AreListedWithTheirPromise()
    {
        var document = File.ReadAllText(SourceTree.At("src/README.md"));
        AssertNone(from patch in SourceTree.Files("tests/mutants", "*.patch")
                   let name = Path.GetFileNameWithoutExtension(patch.RelativePath)
                   where !document.Contains($"`{name}`", StringComparison.Ordinal)
                   select $"src/README.md does not list the mutant {name}");
    }

    private static string GitApply(string patch)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["apply", "--check", patch])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardError = true,
        })!;
        var refusal = git.StandardError.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? "" : refusal.Trim();
    }

    private static IEnumerable<string> Endings(string path)
    {
        for (var start = 0; start >= 0; start = path.IndexOf('/', start) is >= 0 and var slash ? slash + 1 : -1)
            yield return path[start..];
    }
}
