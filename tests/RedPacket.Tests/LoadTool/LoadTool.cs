using RedPacket.LoadTest.Report;

namespace RedPacket.Tests.LoadTool;

/// <summary>The built load tool as a process.</summary>
internal sealed class LoadTool : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private readonly Folder _folder;
    private readonly ServerProcess _process;

    private LoadTool(Folder folder, IEnumerable<string> arguments)
    {
        _folder = folder;
        var environment = new Dictionary<string, string?> { ["NO_COLOR"] = "1" };
        _process = ServerProcess.Start("dotnet", [Dll, .. arguments], _folder.Root, environment);
    }

    /// <summary>The options of a small run without a warm-up. Given options override them.</summary>
    public static string[] Small(params string[] more)
    {
        (string Name, string Value)[] usual =
        [
            ("--packets", "20"), ("--shares", "50"), ("--users", "500"), ("--connections", "8"), ("--warmup", "0s"), ("--duration", "1s"),
        ];
        var missing = usual.Where(option => !more.Contains(option.Name));
        return ["run", .. missing.SelectMany(option => new[] { option.Name, option.Value }), .. more];
    }

    /// <summary>Its output.</summary>
    public string Output => _process.Output;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>The document it wrote.</summary>
    public ResultDocument Document => ResultDocument.Parse(File.ReadAllText(JsonPath));

    private string JsonPath => _folder.File("result.json");

    /// <summary>The built program, with the configuration of these tests.</summary>
    internal static string Dll
    {
        get
        {
            var isRelease = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal);
            return SourceTree.At($"loadtest/bin/{(isRelease ? "Release" : "Debug")}/net10.0/RedPacket.LoadTest.dll");
        }
    }

    /// <summary>Starts it.</summary>
    public static LoadTool Start(params string[] arguments)
    {
        var folder = new Folder("loadtool");
        return new LoadTool(folder, [.. arguments, "--json", folder.File("result.json")]);
    }

    /// <summary>Runs it to its end and checks the exit code.</summary>
    public static async Task<LoadTool> Run(int code, params string[] arguments)
    {
        var tool = Start(arguments);
        await tool.Ends(code);
        return tool;
    }

    /// <summary>Runs <c>compare</c> to its end and checks the exit code.</summary>
    public static async Task<LoadTool> Compare(int code, params string[] arguments)
    {
        var tool = new LoadTool(new Folder("loadtool"), ["compare", .. arguments]);
        await tool.Ends(code);
        return tool;
    }

    /// <summary>Waits until its output contains the text.</summary>
    public Task Prints(string text) => Eventually.Holds(() =>
    {
        var hasPrinted = Output.Contains(text, StringComparison.Ordinal);
        Assert.True(hasPrinted || !_process.HasExited, $"it ended without '{text}':\n{Output}");
        return hasPrinted;
    }, s_limit, $"the output contains '{text}'");

    /// <summary>Waits for its end and checks the exit code.</summary>
    public async Task Ends(int code)
    {
        await _process.Ended(s_limit);
        Assert.True(_process.ExitCode == code, $"exit code {_process.ExitCode} instead of {code}, output:\n{Output}");
    }

    /// <summary>Sends SIGTERM, which works like Ctrl+C.</summary>
    public void Interrupt() => _process.Interrupt();

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
