namespace RedPacket.Tests;

/// <summary>Sizes of rooms, names of types, and arrows without a circle.</summary>
public sealed partial class TidyTests
{
    private const int MostFilesInARoom = 25;
    private const int MostFilesAtTheRoot = 6;

    /// <summary>Without the texts of the pages: each is one line, the same line in both languages.</summary>
    private static IEnumerable<SourceFile> OtherTexts => new[] { "*.sql", "*.css", "*.js", "*.lua" }
        .SelectMany(pattern => SourceTree.Files("src", pattern))
        .Where(file => !Path.GetFileName(file.RelativePath).StartsWith("texts.", StringComparison.Ordinal));

    [Fact]
    public void Folders_HoldFewFiles() =>
        AssertNone(from folder in Sources.GroupBy(file => Path.GetDirectoryName(file.RelativePath)!)
                   let most = folder.Key == "src/RedPacket" ? MostFilesAtTheRoot : MostFilesInARoom
                   where folder.Count() > most
                   select $"{folder.Key}: {folder.Count()} files, at most {most}");

    [Fact]
    public void Types_HaveOneNameEach()
    {
        var declared = from folder in new[] { "src", "tests", "loadtest" }
                       from file in SourceTree.Files(folder, "*.cs")
                       from line in file.Lines
                       where line.Length > 0 && !char.IsWhiteSpace(line[0]) && !line.Contains(" partial ", StringComparison.Ordinal)
                       where !line.TrimStart().StartsWith('/')
                       let type = TypeName().Match(line)
                       where type.Success && type.Groups["name"].Value != "Program"
                       select (Name: type.Groups["name"].Value, file.RelativePath);
        AssertNone(from type in declared.GroupBy(type => type.Name)
                   where type.Count() > 1
                   select $"{type.Key}: {string.Join(" and ", type.Select(each => each.RelativePath))}");
    }

    [Fact]
    public void Arrows_HaveNoCircle()
    {
        var left = s_arrows.ToDictionary(room => room.Key, room => room.Value.ToHashSet());
        while (left.FirstOrDefault(room => room.Value.Count == 0).Key is { } free)
        {
            left.Remove(free);
            foreach (var arrows in left.Values)
                arrows.Remove(free);
        }

        AssertNone(left.Keys.Select(room => $"{room} is part of a circle, or uses one"));
    }
}
