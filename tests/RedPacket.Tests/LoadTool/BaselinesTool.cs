using System.Globalization;
using RedPacket.LoadTest.Baselines;

namespace RedPacket.Tests.LoadTool;

/// <summary>The built load tool with a command other than run.</summary>
internal static class BaselinesTool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private static string Dll => SourceTree.At(string.Create(CultureInfo.InvariantCulture,
        $"loadtest/bin/{(AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug")}/net10.0/RedPacket.LoadTest.dll"));

    /// <summary>Run to its end, with this exit code; all that it has written.</summary>
    public static async Task<string> Run(int code, params string[] arguments)
    {
        using var folder = new Folder("waystool");
        using var process = ServerProcess.Start("dotnet", [Dll, .. arguments], folder.Root, new Dictionary<string, string?> { ["NO_COLOR"] = "1" });
        await process.Ended(s_limit);
        Assert.True(process.ExitCode == code, $"exit code {process.ExitCode} and not {code}; it said:\n{process.Output}");
        return process.Output;
    }

    /// <summary>A short comparison; what it has written, and its document. Skips the test where a server is missing.</summary>
    public static async Task<(string Output, BaselinesDocument Document)> Ways(string duration, params string[] more)
    {
        Installed.Require(Installed.Redis);
        Installed.Require(Installed.RabbitMq);
        using var folder = new Folder("ways-result");
        var json = folder.File("result.json");
        var output = await Run(0, ["ways", "--duration", duration, "--warmup", "0s", "--packets", "300", "--connections", "8", "--json", json, .. more]);
        return (output, BaselinesDocument.Parse(File.ReadAllText(json)));
    }
}
