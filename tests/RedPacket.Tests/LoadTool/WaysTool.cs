using RedPacket.LoadTest.Ways;

namespace RedPacket.Tests.LoadTool;

/// <summary>The built load tool with the commands <c>ways</c> and <c>bench</c>.</summary>
internal static class WaysTool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs it to its end, checks the exit code, and returns its output.</summary>
    public static async Task<string> Run(int code, params string[] arguments)
    {
        using var folder = new Folder("ways-tool");
        var environment = new Dictionary<string, string?> { ["NO_COLOR"] = "1" };
        using var process = ServerProcess.Start("dotnet", [LoadTool.Dll, .. arguments], folder.Root, environment);
        await process.Ended(s_limit);
        Assert.True(process.ExitCode == code, $"exit code {process.ExitCode} instead of {code}, output:\n{process.Output}");
        return process.Output;
    }

    /// <summary>
    /// Runs a short comparison and returns its output and document. Skips the test when a server is not installed.
    /// </summary>
    public static async Task<(string Output, WaysDocument Document)> Compare(string duration, params string[] more)
    {
        Installed.Require(Installed.Redis);
        Installed.Require(Installed.RabbitMq);
        Installed.Require(Installed.Postgres);
        using var folder = new Folder("ways-result");
        var json = folder.File("result.json");
        string[] usual = ["--duration", duration, "--warmup", "0s", "--packets", "300", "--connections", "8"];
        var output = await Run(0, ["ways", .. usual, "--json", json, .. more]);
        return (output, WaysDocument.Parse(File.ReadAllText(json)));
    }
}
