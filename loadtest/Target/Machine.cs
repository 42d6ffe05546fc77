using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace RedPacket.LoadTest.Target;

/// <summary>What the figures of a run are true for.</summary>
/// <param name="Commit">Of the source tree beside the program, with <c>+</c> when it was changed; null outside of one.</param>
internal sealed record Machine(string Cpu, int Cores, double MemoryGb, string System, string Runtime, string Build, string? Commit)
{
    /// <summary>True for a program that was built to be debugged: its figures say nothing.</summary>
    public static bool IsDebugBuild { get; } = typeof(Machine).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true;

    /// <summary>This one.</summary>
    public static Machine Here() => new(Model(), Environment.ProcessorCount, Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1), RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription, IsDebugBuild ? "Debug" : "Release", CommitHere());

    private static string Model()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
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
            var start = new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
            using var git = Process.Start(start)!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git on this machine.
            return null;
        }
    }
}
