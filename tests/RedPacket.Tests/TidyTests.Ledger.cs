using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>The walls around the ledger: who writes it, and where its facts are spelled.</summary>
public sealed partial class TidyTests
{
    private const int LongestSqlFunction = 60;

    [GeneratedRegex(@"\bINSERT\s+INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b"
        + @"|\.(?:ExecuteUpdate|ExecuteDelete|SaveChanges)(?:Async)?\(")]
    private static partial Regex SqlThatWrites();

    [GeneratedRegex(@"""(?<code>wallet:|packet:|funding:|loss:)|(?<!:)""(?<code>fund|adjust)""")]
    private static partial Regex LedgerSpelling();

    [GeneratedRegex(@"^CREATE FUNCTION (?<name>[\w.]+).*?^END \$\$;$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SqlFunction();

    [Fact]
    public void SqlThatWrites_IsInTheLedgerOnly()
    {
        var breaches = from file in Sources
                       where file.RelativePath.StartsWith("src/RedPacket/", StringComparison.Ordinal) && file.Room != "Ledger"
                       from found in SqlThatWrites().Matches(file.Text)
                       select $"{file.RelativePath}:{LineOf(file, found.Index)}: {found.Value} (only Ledger writes)";
        AssertNone(breaches);
    }

    [Fact]
    public void Redis_IsAskedThroughItsPrimaryOnly()
    {
        var breaches = from file in Sources
                       where file.RelativePath.StartsWith("src/RedPacket/", StringComparison.Ordinal)
                       where !file.RelativePath.EndsWith("/PrimaryDatabase.cs", StringComparison.Ordinal)
                       where file.Code.Contains("GetDatabase(", StringComparison.Ordinal)
                       select $"{file.RelativePath}: a database that may ask a replica";
        AssertNone(breaches);
    }

    [Fact]
    public void AccountCodesAndEntryNames_AreSpelledOnce()
    {
        var breaches = from file in Sources
                       where file.RelativePath.StartsWith("src/RedPacket/", StringComparison.Ordinal)
                       where Path.GetFileName(file.RelativePath) is not ("AccountCode.cs" or "EntryName.cs")
                       where !file.RelativePath.EndsWith("OpenApi.cs", StringComparison.Ordinal)
                       from found in LedgerSpelling().Matches(file.Text)
                       select $"{file.RelativePath}:{LineOf(file, found.Index)}: {found.Value} (use AccountCode or EntryName)";
        AssertNone(breaches);
    }

    [Fact]
    public void SqlFunctions_AreShort()
    {
        var breaches = from file in SourceTree.Files("src", "*.sql")
                       from function in SqlFunction().Matches(file.Text)
                       let lines = function.Value.Count(character => character == '\n') + 1
                       where lines > LongestSqlFunction
                       select $"{file.RelativePath}: {function.Groups["name"].Value} has {lines} lines, at most {LongestSqlFunction}";
        AssertNone(breaches);
    }
}
