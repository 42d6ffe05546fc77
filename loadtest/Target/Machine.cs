using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace RedPacket.LoadTest.Target;

/// <summary>The machine and the build that a run measured.</summary>
/// <param name="Commit">The commit of the source tree, with <c>+</c> when files were changed; null without a source
/// tree.</param>
internal sealed record Machine(string Cpu, int Cores, double MemoryGb, string System, string Runtime, string Build,
    string? Commit)
{
    /// <summary>True for a Debug build, whose figures mean nothing.</summary>
    public static bool IsDebugBuild { get; } =
        typeof(Machine).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true;

    /// <summary>Describes this machine and this build.</summary>
    public static Machine Here()
    {
        var memoryGb = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1);
        return new Machine(Model(), Environment.ProcessorCount, memoryGb, RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription, IsDebugBuild ? "Debug" : "Release", CommitHere());
    }

    private static string Model()
    {
        const string file = "/proc/cpuinfo";
        if (!File.Exists(file))
            return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string? CommitHere()
    {
        if (Git("rev-parse", "--short", "HEAD") is not { Length: > 0 } commit)
            return null;
        return Git("status", "--porcelain", "--untracked-files=no") is { Length: > 0 } ? commit + "+" : commit;
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = AppContext.BaseDirectory,
            };
            using var git = Process.Start(start)!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Git is not installed.
            return null;
        }
    }
}
