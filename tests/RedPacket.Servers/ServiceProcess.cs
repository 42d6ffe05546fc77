using System.Globalization;
using System.Net;

namespace RedPacket.Servers;

/// <summary>
/// One of the three programs as a separate process, run from its build output: <c>dotnet X.dll --urls …</c>.
/// </summary>
public sealed class ServiceProcess : IDisposable
{
    private static readonly HttpClient s_probe = new() { Timeout = TimeSpan.FromSeconds(3) };
    private readonly string _program;
    private readonly string _workingDirectory;
    private string _dll = "";
    private string[] _words = [];
    private readonly Dictionary<string, string> _settings;
    private ServerProcess? _process;
    private string _lastAnswer = "none";
    private string _lastWords = "";

    private ServiceProcess(string program, string workingDirectory, Dictionary<string, string> settings)
    {
        _program = program;
        _workingDirectory = workingDirectory;
        _settings = settings;
    }

    /// <summary>How its environment differs from this program's; null takes a variable away.</summary>
    public IReadOnlyDictionary<string, string?> EnvironmentChanges { get; set; } =
        new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = null, ["DOTNET_gcServer"] = "0" };

    /// <summary>Where it listens, the same over restarts.</summary>
    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));

    /// <summary>Its last lines of output; once it was stopped, those that it ended with.</summary>
    public string Output => _process?.Output ?? _lastWords;

    /// <summary>The demo host; what is not set is embedded, with its data in the folder.</summary>
    public static ServiceProcess Demo(Folder folder, Dictionary<string, string>? settings = null, string data = "data")
    {
        var all = new Dictionary<string, string>(settings ?? []) { ["RedPacket:DataDirectory"] = folder.File(data) };
        return new ServiceProcess("RedPacket.Demo", folder.Root, all) { _dll = Dll("RedPacket.Demo") };
    }

    /// <summary>The service as it is deployed.</summary>
    /// <param name="dll">Another build of it; null means the usual one.</param>
    public static ServiceProcess Service(Folder folder, Dictionary<string, string> settings, string? dll = null) =>
        new("RedPacket", folder.Root, settings) { _dll = dll ?? Dll("RedPacket") };

    /// <summary>The program whose rooms follow a service. It begins with words such as names of rooms.</summary>
    public static ServiceProcess Subscribers(Folder folder, Dictionary<string, string> settings, params string[] words) =>
        new("RedPacket.Subscribers", folder.Root, settings) { _dll = Dll("RedPacket.Subscribers"), _words = words };

    /// <summary>The built program, of the same configuration as these tests.</summary>
    public static string Dll(string program) => SourceTree.At($"src/{program}/bin/{Configuration}/net10.0/{program}.dll");

    /// <summary>The configuration of these tests: Release or Debug.</summary>
    public static string Configuration =>
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>
    /// Starts it and waits until it takes sends and grabs (<c>/health/ready</c> is 200), or only until it answers.
    /// </summary>
    public async Task Start(bool untilReady = true)
    {
        Launch();
        await (untilReady ? Ready() : Is200("/health/live"));
    }

    /// <summary>
    /// Starts it and waits for nothing: it may die meanwhile. Settings given here go over those it has, this time only.
    /// </summary>
    public void Launch(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(_settings);
        foreach (var (name, value) in settings)
            all[name] = value;
        List<string> arguments = [_dll, .. _words, "--urls", Address.AbsoluteUri.TrimEnd('/')];
        arguments.AddRange(all.Select(setting => $"--{setting.Key}={setting.Value}"));
        _process = ServerProcess.Start("dotnet", arguments, _workingDirectory, EnvironmentChanges);
    }

    /// <summary>Waits until it takes sends and grabs, or works by its other roles.</summary>
    public Task Ready() => Is200("/health/ready");

    /// <summary>Waits until it has died; its last output.</summary>
    public async Task<string> Died(TimeSpan limit)
    {
        await Running.Ended(limit);
        var output = Running.Output;
        Running.Dispose();
        _process = null;
        return output;
    }

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    /// <inheritdoc cref="ServerProcess.Threads"/>
    public IReadOnlyDictionary<string, double> Threads => Running.Threads;

    /// <summary>Memory it has in use (resident), in bytes.</summary>
    public long Memory => Running.Memory;

    /// <summary>True while it runs.</summary>
    public bool IsRunning => _process is { HasExited: false };

    private async Task Is200(string path)
    {
        try
        {
            await Eventually.Holds(async () => Running.HasExited || await Answers(path), what: $"{path} of {_program} is 200");
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\nlast answer: {_lastAnswer}\nits output:\n{Output}", late);
        }
        if (Running.HasExited)
            throw new InvalidOperationException($"{_program} ended with {Running.ExitCode}:\n{Running.Output}");
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        await Running.Kill();
        Running.Dispose();
        _process = null;
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> Stop()
    {
        await Running.Terminate();
        var code = Running.ExitCode;
        _lastWords = Running.Output;
        Running.Dispose();
        _process = null;
        return code;
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause() => Running.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Running.Resume();

    public void Dispose() => _process?.Dispose();

    private ServerProcess Running => _process ?? throw new InvalidOperationException($"{_program} is not running");

    private async Task<bool> Answers(string path)
    {
        using var answer = await s_probe.GetAsync(new Uri(Address, path));
        _lastAnswer = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        return answer.StatusCode == HttpStatusCode.OK;
    }
}
