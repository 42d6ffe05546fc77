using System.Globalization;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Target;

/// <summary>How the demo that a run starts is set.</summary>
/// <param name="Servers">Private redis-server and rabbitmq-server are started as well.</param>
/// <param name="Fsync">How often that Redis writes to disk: always or everysec.</param>
/// <param name="GrabProcesses">Processes that take grabs; more than one needs a Redis and a RabbitMQ that they share.</param>
internal sealed record DemoOptions(bool Servers, string Fsync, string? Redis, string? RabbitMq, string? Ledger, int GrabProcesses, IReadOnlyDictionary<string, string> Settings);

/// <summary>The demo as processes of its own, in a temporary folder, with its servers; all stopped when disposed, and when this program ends.</summary>
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

    /// <summary>Where its processes take grabs; the first one serves everything else too.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _processes.Select(process => process.Address)];

    /// <summary>The ledger's connection string.</summary>
    public string Ledger => _options.Ledger ?? $"Data Source={Path.Combine(DataFolder, "ledger.db")}";

    /// <summary>Where its data is.</summary>
    public string DataFolder => _folder.File("data");

    /// <summary>True: the data stays when it is disposed.</summary>
    public bool KeepsData { get; set; }

    /// <summary>Its processes, by name.</summary>
    public IReadOnlyList<Watched> Watched =>
    [
        .. _processes.Select((process, n) => new Watched(n == 0 ? "demo" : string.Create(CultureInfo.InvariantCulture, $"demo {n + 1}"), process.Id)),
        .. _redis is null ? Array.Empty<Watched>() : [new Watched("redis", _redis.Id)],
        .. _rabbit is null ? Array.Empty<Watched>() : [new Watched("rabbitmq", _rabbit.Id)],
    ];

    /// <summary>Started and ready. <paramref name="say"/> hears what it waits for.</summary>
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

    private async Task Launch(string data, Dictionary<string, string> more)
    {
        var settings = new Dictionary<string, string>(_options.Settings) { ["ConnectionStrings:Ledger"] = Ledger };
        foreach (var (name, value) in more)
            settings[name] = value;
        if ((_options.Redis ?? _redis?.ConnectionString) is { } redis)
            settings["ConnectionStrings:Redis"] = redis;
        if ((_options.RabbitMq ?? _rabbit?.ConnectionString) is { } rabbit)
            settings["ConnectionStrings:RabbitMq"] = rabbit;
        var process = ServiceProcess.Demo(_folder, settings, data);
        // As it runs at home: with the collector that a web program has by default.
        process.EnvironmentChanges = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = null };
        _processes.Add(process);
        await process.Start();
    }

    // In good order where it goes; what was paused or hangs is killed by Dispose.
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
