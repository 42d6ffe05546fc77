using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace RedPacket.Demo.Faults;

/// <summary>
/// Kills and restarts the program in one step: execve loads it anew into this process, with the same arguments. Process
/// id and terminal stay. Memory, threads, connections and locks are gone immediately, as after kill -9.
/// </summary>
internal static class ProcessRestart
{
    // Tells the new program which fault killed the old one, and when.
    private const string Variable = "REDPACKET_DEMO_DIED";

    /// <summary>The reason why this process cannot be restarted; null if it can.</summary>
    public static string? UnavailableReason =>
        !OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS() ? "This fault needs Linux or macOS."
        : Assembly.GetEntryAssembly() != typeof(ProcessRestart).Assembly ? "This fault needs the demo to run as a separate program."
        : null;

    /// <summary>The fault that killed the program before this start, and when; null after an ordinary start.</summary>
    public static (string Fault, DateTimeOffset At)? Cause()
    {
        var words = Environment.GetEnvironmentVariable(Variable)?.Split(' ');
        return words is [var fault, var at] && long.TryParse(at, CultureInfo.InvariantCulture, out var atMs)
            ? (fault, DateTimeOffset.FromUnixTimeMilliseconds(atMs))
            : null;
    }

    /// <summary>Returns only if it fails, with the error number.</summary>
    public static int Restart(string fault, DateTimeOffset now)
    {
        var program = Environment.ProcessPath!;
        var arguments = Environment.GetCommandLineArgs();
        // The dotnet host needs the program's file as its first argument. An executable knows its file.
        string?[] all = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, .. arguments, null]
            : [program, .. arguments[1..], null];
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
