using System.Globalization;
using RedPacket.LoadTest.Report;

namespace RedPacket.Tests.LoadTool;

/// <summary>The built load tool as a process of its own, as it is used.</summary>
internal sealed class LoadTool : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private readonly Folder _folder = new("loadtool");
    private readonly ServerProcess _process;

    private LoadTool(IEnumerable<string> arguments)
    {
        _process = ServerProcess.Start("dotnet", [Dll, .. arguments, "--json", JsonPath], _folder.Root, new Dictionary<string, string?> { ["NO_COLOR"] = "1" });
    }

    /// <summary>Few packets and no warm-up: a run of a second or two. What is given goes over it.</summary>
    public static string[] Small(params string[] more)
    {
        (string Name, string Value)[] usual = [("--packets", "20"), ("--shares", "50"), ("--users", "500"), ("--connections", "8"), ("--warmup", "0s"), ("--duration", "1s")];
        return ["run", .. usual.Where(option => !more.Contains(option.Name)).SelectMany(option => new[] { option.Name, option.Value }), .. more];
    }

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

    /// <summary>Waits until it says this; fails when it ends without.</summary>
    public Task Says(string text) => Eventually.Holds(() =>
    {
        var said = Output.Contains(text, StringComparison.Ordinal);
        Assert.True(said || !_process.HasExited, $"it ended, and did not say '{text}':\n{Output}");
        return said;
    }, s_limit, $"it says '{text}'");

    /// <summary>Waits for its end, with this exit code.</summary>
    public async Task Ends(int code)
    {
        await _process.Ended(s_limit);
        Assert.True(_process.ExitCode == code, $"exit code {_process.ExitCode} and not {code}; it said:\n{Output}");
    }

    /// <summary>SIGTERM, which it takes as it takes Ctrl+C.</summary>
    public void Interrupt() => _process.Interrupt();

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
