using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace RedPacket.Demo.Faults;

/// <summary>
/// Death and a new start in one step: the program is loaded anew into its own process, with the arguments it was started with. The process id and the terminal
/// stay; memory, threads, connections and locks are gone at once, as after kill -9.
/// </summary>
internal static class ProcessRestart
{
    // What the new program is told of the old one: that a fault has ended it, and when.
    private const string Variable = "REDPACKET_DEMO_DIED";

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public static string? WhyNot =>
        !OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS() ? "Only on Linux and macOS can a process be started again in its own place."
        : Assembly.GetEntryAssembly() != typeof(ProcessRestart).Assembly ? "The demo is not a program of its own here."
        : null;

    /// <summary>The fault of which the program died that was here before, and when.</summary>
    public static (string? Fault, DateTimeOffset At) Before()
    {
        var words = Environment.GetEnvironmentVariable(Variable)?.Split(' ');
        return words is [var fault, var at] && long.TryParse(at, CultureInfo.InvariantCulture, out var atMs) ? (fault, DateTimeOffset.FromUnixTimeMilliseconds(atMs)) : (null, default);
    }

    /// <summary>Does not return, unless it fails: then the error number.</summary>
    public static int InPlace(string fault, DateTimeOffset now)
    {
        var program = Environment.ProcessPath!;
        var arguments = Environment.GetCommandLineArgs();
        // Under the name of the dotnet host the first argument is the program's file, which it needs; an executable of our own knows its file.
        string?[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, .. arguments, null] : [program, .. arguments[1..], null];
        var environment = Environment.GetEnvironmentVariables();
        environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{fault} {now.ToUnixTimeMilliseconds()}");
        string?[] variables = [.. environment.Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}"), null];
        _ = Execute(program, all, variables);
        return Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", EntryPoint = "execve", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Execute(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
}
