using System.Text.RegularExpressions;

namespace RedPacket.Servers;

/// <summary>The repository as the tests read it: found upwards from the test's own program.</summary>
public static partial class SourceTree
{
    [GeneratedRegex(@"(^|/)(bin|obj|data|Migrations|vendor)/")]
    private static partial Regex NotOurs();

    /// <summary>The folder that holds RedPacket.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string At(string relative) => Path.Combine(Root, relative);

    /// <summary>The files under a folder, written by hand: nothing that was built or generated.</summary>
    public static IReadOnlyList<SourceFile> Files(string folder, string pattern) =>
    [
        .. Directory.EnumerateFiles(At(folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !NotOurs().IsMatch(path))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllText(At(path)))),
    ];

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RedPacket.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no RedPacket.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>One file: its path from the root, with slashes, and its text.</summary>
public sealed record SourceFile(string RelativePath, string Text)
{
    public string[] Lines => Text.Split('\n');

    /// <summary>
    /// The room: the folder under src/RedPacket/, or empty for the files of the root and of the demo.
    /// </summary>
    public string Room => RelativePath.Split('/') is ["src", "RedPacket", var room, _, ..] ? room : "";

    /// <summary>The text without its comment lines.</summary>
    public string Code =>
        string.Join('\n', Lines.Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
}
