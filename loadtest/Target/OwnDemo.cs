using System.Globalization;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Target;

/// <summary>Settings of the demo that a run starts.</summary>
/// <param name="Servers">Starts a private redis-server and rabbitmq-server as well.</param>
/// <param name="Fsync">The appendfsync of that Redis: always or everysec.</param>
/// <param name="GrabProcesses">Processes that take grabs. Several need a shared Redis and RabbitMQ.</param>
internal sealed record DemoOptions(
    bool Servers, string Fsync, string? Redis, string? RabbitMq, string? Ledger, int GrabProcesses,
    IReadOnlyDictionary<string, string> Settings);

/// <summary>
/// The demo and its servers as processes, with their data in a temporary folder. They stop when this object is disposed
/// and when this program ends.
/// </summary>
internal sealed class OwnDemo : IAsyncDisposable
{
    private readonly Folder _folder = new("loadtest");
    private readonly List<ServiceProcess> _processes = [];
    private readonly DemoOptions _options;
    private readonly RedisServer? _redis;
    private readonly RabbitServer? _rabbit;

    private OwnDemo(DemoOptions options)
    {
        _options = options;
        if (options.Servers)
            (_redis, _rabbit) = (new RedisServer(options.Fsync), new RabbitServer());
    }

    /// <summary>The addresses of its processes. All take grabs, and the first serves everything else too.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _processes.Select(process => process.Address)];

    /// <summary>The ledger's connection string.</summary>
    public string Ledger => _options.Ledger ?? $"Data Source={Path.Combine(DataFolder, "ledger.db")}";

    /// <summary>The folder of its data.</summary>
    public string DataFolder => _folder.File("data");

    /// <summary>True keeps the data folder on dispose.</summary>
    public bool KeepsData { get; set; }

    /// <summary>Its processes, by name.</summary>
    public IReadOnlyList<Watched> Watched =>
    [
        .. _processes.Select((process, n) =>
            new Watched(n == 0 ? "demo" : string.Create(CultureInfo.InvariantCulture, $"demo {n + 1}"), process.Id)),
        .. _redis is null ? Array.Empty<Watched>() : [new Watched("redis", _redis.Id)],
        .. _rabbit is null ? Array.Empty<Watched>() : [new Watched("rabbitmq", _rabbit.Id)],
    ];

    /// <summary>Starts the demo and waits until it is ready. <paramref name="say"/> gets progress messages.</summary>
    public static async Task<OwnDemo> Start(DemoOptions options, Action<string> say)
    {
        ServerProcess.Apart = true;
        var demo = new OwnDemo(options);
        try
        {
            await demo.StartAll(say);
            return demo;
        }
        catch (Exception exception)
        {
            await demo.DisposeAsync();
            if (exception is ServerMissingException or InvalidOperationException or TimeoutException)
                throw new TargetException($"The demo did not start: {exception.Message}");
            throw;
        }
    }

    /// <summary>
    /// Kills its first process (SIGKILL), starts it on its data after a while, and waits until it is ready.
    /// </summary>
    public async Task Restart(TimeSpan down)
    {
        await _processes[0].Kill();
        await Task.Delay(down);
        await _processes[0].Start();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await Stop(process);
        if (_redis is not null)
            await _redis.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        if (!KeepsData)
            _folder.Dispose();
    }

    private async Task StartAll(Action<string> say)
    {
        if (_redis is not null && _rabbit is not null)
        {
            say("starting redis-server and rabbitmq-server");
            await Task.WhenAll(_redis.Start(), _rabbit.Start());
        }
        say("starting the demo");
        await Launch("data", []);
        for (var n = 2; n <= _options.GrabProcesses; n++)
            await Launch(string.Create(CultureInfo.InvariantCulture, $"data{n}"), new() { ["RedPacket:Roles"] = "grab" });
    }

    private async Task Launch(string data, Dictionary<string, string> extra)
    {
        var settings = new Dictionary<string, string>(_options.Settings) { ["ConnectionStrings:Ledger"] = Ledger };
        // The figures are those of the service.
        settings.TryAdd("Demo:Subscribers", "false");
        foreach (var (name, value) in extra)
            settings[name] = value;
        if ((_options.Redis ?? _redis?.ConnectionString) is { } redis)
            settings["ConnectionStrings:Redis"] = redis;
        if ((_options.RabbitMq ?? _rabbit?.ConnectionString) is { } rabbit)
            settings["ConnectionStrings:RabbitMq"] = rabbit;
        var process = ServiceProcess.Demo(_folder, settings, data);
        // The default garbage collector of a web program, as users run it.
        process.EnvironmentChanges = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = null };
        _processes.Add(process);
        await process.Start();
    }

    // A process that is paused or hangs does not stop, and is killed.
    private static async Task Stop(ServiceProcess process)
    {
        try
        {
            if (process.IsRunning)
                await process.Stop();
        }
        catch (TimeoutException)
        {
            await process.Kill();
        }
        process.Dispose();
    }
}
