using System.Globalization;
using System.Text.RegularExpressions;
using RedPacket.Http;

namespace RedPacket.Tests;

/// <summary>The rules of the source tree, held by reading the source. A test that fails here names the file and the rule.</summary>
public sealed partial class TidyTests
{
    /// <summary>Columns, as in .editorconfig.</summary>
    private const int LongestLine = 140;

    /// <summary>Room → the rooms it may name: the arrows of src/README.md. No circle.</summary>
    private static readonly Dictionary<string, string[]> s_arrows = new()
    {
        ["Hosting"] = [],
        ["Messages"] = [],
        ["Http"] = ["Hosting"],
        ["Pages"] = ["Http"],
        ["Ledger"] = ["Messages", "Hosting"],
        ["Packets"] = ["Messages", "Ledger", "Http", "Hosting"],
        ["Grabs"] = ["Packets", "Messages", "Http", "Hosting"],
        ["Outbox"] = ["Packets", "Messages", "Hosting"],
        ["Settlement"] = ["Packets", "Outbox", "Ledger", "Messages", "Hosting"],
        ["Comparison"] = ["Packets", "Ledger", "Messages", "Hosting"],
        ["Gate"] = ["Comparison", "Packets", "Ledger", "Messages", "Hosting"],
        ["Reports"] = ["Comparison", "Packets", "Ledger", "Messages", "Http", "Hosting"],
        ["Repairs"] = ["Comparison", "Packets", "Ledger", "Messages", "Http", "Hosting"],
        ["Wallets"] = ["Comparison", "Ledger", "Messages", "Http", "Hosting"],
        ["Feed"] = ["Packets", "Outbox", "Ledger", "Messages", "Http", "Hosting"],
        ["Operations"] =
        [
            "Hosting", "Messages", "Http", "Ledger", "Packets", "Grabs", "Outbox", "Settlement",
            "Comparison", "Gate", "Reports", "Repairs", "Wallets", "Feed",
        ],
    };

    /// <summary>Room → its first log id, and the first that is another room's.</summary>
    private static readonly Dictionary<string, (int First, int End)> s_logIds = new()
    {
        ["Packets"] = (1000, 2000),
        ["Grabs"] = (2000, 3000),
        ["Outbox"] = (3000, 4000),
        ["Settlement"] = (4000, 5000),
        ["Ledger"] = (5000, 6000),
        ["Reports"] = (6000, 6900),
        ["Repairs"] = (6000, 6900),
        ["Comparison"] = (6000, 6900),
        ["Wallets"] = (6000, 6900),
        ["Gate"] = (6900, 7000),
        ["Http"] = (7000, 8000),
        ["Operations"] = (7000, 8000),
        ["Feed"] = (9000, 9100),
    };

    private static IReadOnlyList<SourceFile> Sources => SourceTree.Files("src", "*.cs");

    /// <summary>A using directive, a full name, or a name relative to RedPacket such as <c>Packets.ScriptRunner</c>.</summary>
    [GeneratedRegex(@"\busing\s+(?:static\s+|\w+\s*=\s*)?(?:global::)?RedPacket\.(?<room>\w+)"
        + @"|(?<![\w.])RedPacket\.(?<room>\w+)\.\w|(?<![\w.])(?<room>[A-Z]\w+)\.(?<type>[A-Z]\w+)")]
    private static partial Regex UseOfRoom();

    [GeneratedRegex(@"\b(?:class|record|struct|enum|interface)\s+(?:struct\s+|class\s+)?(?<name>[A-Z]\w*)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"#region|#pragma|\bTODO\b|\bFIXME\b|\bHACK\b|DateTime(?:Offset)?\.(?:Now|UtcNow)|TickCount|Stopwatch|Thread\.Sleep"
        + @"|(?<!\w)catch\s*(?:\([^)]*\)\s*)?(?:when\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*)?\{\s*\}")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId\s*=\s*)?(?<id>\d+)")]
    private static partial Regex LogId();

    [GeneratedRegex(@"new(?:\s+Problem)?\s*\(\s*(?:Status\s*:\s*)?(?:StatusCodes\.\w+|[45]\d\d)\s*,\s*""(?<code>[a-z0-9_]+)""")]
    private static partial Regex ProblemCode();

    [GeneratedRegex(@"\binterface\s+(?<name>I[A-Z]\w+)")]
    private static partial Regex Interface();

    [GeneratedRegex(@"\b(?:Garnet|CrashAt|AllListeners|X-User-Id|X-Role)\b")]
    private static partial Regex DemoOnly();

    [Fact]
    public void Rooms_NameOnlyWhatTheyMay()
    {
        var types = Sources.SelectMany(file => TypeName().Matches(file.Code).Select(type => (file.Room, type.Groups["name"].Value)))
            .ToHashSet();
        var breaches = from file in Sources
                       where s_arrows.ContainsKey(file.Room)
                       from use in UseOfRoom().Matches(file.Code)
                       let room = use.Groups["room"].Value
                       where room != file.Room && s_arrows.ContainsKey(room) && !s_arrows[file.Room].Contains(room)
                       where (!use.Groups["type"].Success || types.Contains((room, use.Groups["type"].Value)))
                       select $"{file.RelativePath}: {file.Room} may not use {room}";
        AssertNone(breaches);
    }

    [Fact]
    public void MassTransit_IsNamedOnlyWhereMessagesAreSentOrConsumed()
    {
        var breaches = from file in Sources
                       where file.Room is not ("Outbox" or "Settlement" or "Feed")
                       where file.Code.Contains("MassTransit", StringComparison.Ordinal)
                       // The demo changes messages on purpose. The others name an exchange, and the queues of the other program.
                       where !file.RelativePath.StartsWith("src/RedPacket.Demo/Faults/", StringComparison.Ordinal)
                       where Path.GetFileName(file.RelativePath) is not ("TransfersSettled.cs" or "SettledQueues.cs")
                       where !IsTelemetryName(file)
                       select $"{file.RelativePath}: MassTransit stays in the rooms that send and consume";
        AssertNone(breaches);
    }

    [Fact]
    public void DemoIdentitiesFaultsAndEmbeddedServer_AreInTheDemoOnly()
    {
        var breaches = from file in Sources
                       where file.RelativePath.StartsWith("src/RedPacket/", StringComparison.Ordinal)
                       from word in DemoOnly().Matches(file.Code)
                       select $"{file.RelativePath}: {word.Value} belongs in src/RedPacket.Demo";
        AssertNone(breaches);
    }

    [Fact]
    public void Sources_HoldNoLeftovers()
    {
        var others = new[] { "*.lua", "*.csproj" }.SelectMany(pattern => SourceTree.Files("src", pattern));
        var breaches = from file in Sources.Concat(others)
                       from found in Leftover().Matches(file.Text)
                       select $"{file.RelativePath}:{LineOf(file, found.Index)}: {found.Value}";
        AssertNone(breaches);
    }

    [Fact]
    public void Files_AreShortAndLinesFit()
    {
        var files = new[] { "src", "tests", "loadtest" }.SelectMany(folder => SourceTree.Files(folder, "*.cs")).ToArray();
        var tooLong = files.Where(file => file.Lines.Length > 251)
            .Select(file => $"{file.RelativePath}: {file.Lines.Length - 1} lines, at most 250");
        var tooWide = from file in files.Concat(OtherTexts)
                      from line in file.Lines.Index()
                      where line.Item.Length > LongestLine
                      select $"{file.RelativePath}:{line.Index + 1}: {line.Item.Length} columns";
        var program = Sources.Where(file => file.RelativePath == "src/RedPacket/Program.cs" && file.Lines.Length > 61)
            .Select(file => $"Program.cs: {file.Lines.Length - 1} lines, at most 60");
        AssertNone([.. tooLong, .. tooWide, .. program]);
    }

    [Fact]
    public void Methods_AreShort()
    {
        var breaches = from file in Sources
                       from method in Methods(file)
                       where method.Length > 60
                       select $"{file.RelativePath}:{method.Line}: a member of {method.Length} lines, at most 60 (aim at 30)";
        AssertNone(breaches);
    }

    [Fact]
    public void LuaFiles_OpenWithWhatTheirCallersRelyOn()
    {
        var breaches = from file in SourceTree.Files("src", "*.lua")
                       let header = string.Join('\n', file.Lines.TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)))
                       from word in new[] { "KEYS", "ARGV", "Answers", "Promise" }
                       where !header.Contains(word, StringComparison.OrdinalIgnoreCase)
                       select $"{file.RelativePath}: its header does not speak of {word}";
        AssertNone(breaches);
    }

    [Fact]
    public void LogIds_AreUniqueAndInTheirRoomsRange()
    {
        var ids = (from file in Sources
                   from found in LogId().Matches(file.Text)
                   select (file.RelativePath, file.Room, Id: int.Parse(found.Groups["id"].Value, CultureInfo.InvariantCulture))).ToArray();
        var strays = ids.Where(log => s_logIds.TryGetValue(log.Room, out var range) && (log.Id < range.First || log.Id >= range.End))
            .Select(log => $"{log.RelativePath}: {log.Id}");
        var demo = ids.Where(log => log.RelativePath.StartsWith("src/RedPacket.Demo/", StringComparison.Ordinal))
            .Where(log => log.Id is < 8000 or >= 9000).Select(log => $"{log.RelativePath}: {log.Id}");
        var twins = ids.GroupBy(log => log.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key} in {string.Join(", ", group.Select(log => log.RelativePath))}");
        AssertNone([.. strays, .. demo, .. twins]);
    }

    [Fact]
    public void ProblemCodes_AreListedInTheApiPage()
    {
        var page = File.ReadAllLines(SourceTree.At("src/API.md")).ToHashSet();
        var rows = Codes.All.OrderBy(code => code.Value.Status).ThenBy(code => code.Key, StringComparer.Ordinal)
            .Select(code => $"| {code.Value.Status} | `{code.Key}` | {code.Value.Meaning} |");
        var missing = rows.Where(row => !page.Contains(row)).Select(row => $"src/API.md lacks the row {row}");
        var unknown = from file in Sources
                      from found in ProblemCode().Matches(file.Text)
                      where !Codes.All.ContainsKey(found.Groups["code"].Value)
                      select $"{file.RelativePath}: {found.Groups["code"].Value} is not in Codes";
        AssertNone([.. missing, .. unknown]);
    }

    [Fact]
    public void Interfaces_HaveNoneOrSeveralImplementations()
    {
        var code = string.Join('\n', Sources.Select(file => file.Code));
        var breaches = from name in Interface().Matches(code).Select(found => found.Groups["name"].Value)
                       let implementations = Regex.Count(code, $@"\b(?:class|record|struct)\s+\w+[^{{;]*?:\s*[^{{;]*\b{name}\b")
                       where implementations == 1
                       select $"{name} has one implementation: use the class";
        AssertNone(breaches);
    }

    /// <summary>OpenTelemetry's source and meter of MassTransit go by that name; a name in quotes is no dependency.</summary>
    private static bool IsTelemetryName(SourceFile file) =>
        !Regex.IsMatch(file.Code, @"using\s+MassTransit|MassTransit\.\w")
        && file.Code.Contains("\"MassTransit\"", StringComparison.Ordinal);

    /// <summary>
    /// Members by layout: with file-scoped namespaces a member of a type opens with four spaces, then a brace alone on its line.
    /// </summary>
    private static IEnumerable<(int Line, int Length)> Methods(SourceFile file)
    {
        var opened = 0;
        foreach (var (index, line) in file.Lines.Index())
        {
            if (line == "    {")
                opened = index;
            else if (line is "    }" or "    };" && opened > 0 && !IsType(file.Lines[opened - 1]))
                yield return (opened, index - opened - 1);
        }
    }

    private static bool IsType(string line) => Regex.IsMatch(line, @"\b(?:class|record|struct|enum|interface)\b");

    private static int LineOf(SourceFile file, int index) => file.Text.AsSpan(0, index).Count('\n') + 1;

    private static void AssertNone(IEnumerable<string> breaches)
    {
        var list = breaches.Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.True(list.Length == 0, string.Join('\n', list));
    }
}
