using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace RedPacket.Servers;

/// <summary>
/// A program that a test started: its last lines of output are kept for the failure text, and it never outlives the
/// run.
/// </summary>
public sealed class ServerProcess : IDisposable
{
    private const int KeptLines = 400;

    /// <summary>A program that ends never takes so long. A machine that does other things may need it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);
    private static readonly ConcurrentDictionary<int, Process> s_running = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in s_running.Values)
            KillTree(process);
    };

    private ServerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>
    /// Programs started from now on get a private session: what a terminal sends to its foreground (Ctrl+C) reaches
    /// this program only.
    /// </summary>
    public static bool Apart { get; set; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>
    /// Processor time of each of its threads, in seconds, by thread id. .NET's compiler is left out: it is busy for the
    /// first half a minute of load.
    /// </summary>
    public IReadOnlyDictionary<string, double> Threads => Directory.GetDirectories($"/proc/{Id}/task").Select(Thread)
        .OfType<(string Id, double Seconds)>().ToDictionary(thread => thread.Id, thread => thread.Seconds);

    /// <summary>Memory it has in use (resident), in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>True once it has ended, however.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines it wrote, both streams.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a program; its environment is this process's with the given changes (null removes).</summary>
    public static ServerProcess Start(
        string program, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string?>? environment = null)
    {
        // setsid becomes the program it starts: the process id stays.
        var start = new ProcessStartInfo(Apart ? "setsid" : program, Apart ? arguments.Prepend(program) : arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.Start();
        s_running[server.Id] = server._process;
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>
    /// Runs a program to its end and returns its exit code and output. The input is short, or nothing.
    /// </summary>
    public static async Task<(int ExitCode, string Output)> Run(
        string program, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string?>? environment = null,
        string input = "")
    {
        using var process = Start(program, arguments, workingDirectory, environment);
        await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        await process.Ended();
        return (process.ExitCode, process.Output);
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="TimeoutException">It has not ended within the limit.</exception>
    public async Task Ended(TimeSpan? limit = null)
    {
        var most = limit ?? s_patience;
        using var time = new CancellationTokenSource(most);
        try
        {
            await _process.WaitForExitAsync(time.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} has not ended within {most.TotalSeconds} s:\n{Output}");
        }
    }

    /// <summary>SIGKILL, and waits until it is gone: what a crash or the out-of-memory killer does.</summary>
    public async Task Kill()
    {
        KillTree(_process);
        await Ended();
        s_running.TryRemove(Id, out _);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task Terminate()
    {
        Send(Signal.Terminate);
        await Ended();
        s_running.TryRemove(Id, out _);
    }

    /// <summary>
    /// SIGTERM, and waits for nothing. Not SIGINT: programs that a shell started in the background ignore that one.
    /// </summary>
    public void Interrupt() => Send(Signal.Terminate);

    /// <summary>SIGSTOP: there, but not answering.</summary>
    public void Pause() => Send(Signal.Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Send(Signal.Continue);

    /// <summary>SIGSTOP of the program and of all that it has started.</summary>
    public void PauseAll() => SendAll(Signal.Stop);

    /// <summary>SIGCONT of the same.</summary>
    public void ResumeAll() => SendAll(Signal.Continue);

    public void Dispose()
    {
        if (s_running.TryRemove(Id, out _))
            KillTree(_process);
        _process.Dispose();
    }

    private static void KillTree(Process process)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    private void Send(Signal signal)
    {
        if (NativeMethods.Kill(Id, (int)signal) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new InvalidOperationException($"signal {signal} to {_process.StartInfo.FileName} ({Id}) failed: error {error}");
        }
    }

    // A child that ends between the look and the signal is none to be stopped.
    private void SendAll(Signal signal)
    {
        Send(signal);
        foreach (var child in File.ReadAllText($"/proc/{Id}/task/{Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            _ = NativeMethods.Kill(int.Parse(child, CultureInfo.InvariantCulture), (int)signal);
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
            _lines.TryDequeue(out _);
    }

    private enum Signal
    {
        Terminate = 15,
        Continue = 18,
        Stop = 19,
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Kill(int pid, int signal);
    }

    private static (string Id, double Seconds)? Thread(string folder)
    {
        try
        {
            // The name is in brackets and may hold blanks. The 12th and 13th after it are user and kernel time, in
            // hundredths of a second (proc(5)).
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return stat.Contains("(.NET Tiered Com", StringComparison.Ordinal) ? null : (Path.GetFileName(folder), ticks / 100.0);
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }
}
