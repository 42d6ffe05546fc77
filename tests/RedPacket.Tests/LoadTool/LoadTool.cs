using System.Globalization;
using RedPacket.LoadTest.Report;

namespace RedPacket.Tests.LoadTool;

/// <summary>The built load tool as a process of its own, as it is used.</summary>
internal sealed class LoadTool : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(150);
    private readonly Folder _folder = new("loadtool");
    private readonly ServerProcess _process;

    private LoadTool(IEnumerable<string> arguments)
    {
        _process = ServerProcess.Start("dotnet", [Dll, .. arguments, "--json", JsonPath], _folder.Root, new Dictionary<string, string?> { ["NO_COLOR"] = "1" });
    }

    /// <summary>Few packets and no warm-up: a run of a second or two.</summary>
    public static string[] Small(params string[] more) => ["run", "--packets", "20", "--shares", "50", "--users", "500", "--connections", "8", "--warmup", "0s", "--duration", "1s", .. more];

    /// <summary>All that it has written.</summary>
    public string Output => _process.Output;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>The document that it wrote.</summary>
    public ResultDocument Document => ResultDocument.Parse(File.ReadAllText(JsonPath));

    private string JsonPath => _folder.File("result.json");

    private static string Dll => SourceTree.At(string.Create(CultureInfo.InvariantCulture,
        $"loadtest/bin/{(AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug")}/net10.0/RedPacket.LoadTest.dll"));

    /// <summary>Started; it runs on.</summary>
    public static LoadTool Start(params string[] arguments) => new(arguments);

    /// <summary>Run to its end; the exit code must be this one.</summary>
    public static async Task<LoadTool> Run(int code, params string[] arguments)
    {
        var tool = new LoadTool(arguments);
        await tool.Ends(code);
        return tool;
    }

    /// <summary>Waits until it says this.</summary>
    public Task Says(string text) => Eventually.Holds(() => Output.Contains(text, StringComparison.Ordinal), s_limit, $"it says '{text}'; it said:\n{Output}");

    /// <summary>Waits for its end, with this exit code.</summary>
    public async Task Ends(int code)
    {
        await _process.Ended(s_limit);
        // What it wrote last may come after its end.
        await Eventually.Holds(() => _process.ExitCode == code, TimeSpan.FromSeconds(1), $"exit code {code} and not {_process.ExitCode}; it said:\n{Output}");
    }

    /// <summary>Ctrl+C.</summary>
    public void Interrupt() => _process.Interrupt();

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
