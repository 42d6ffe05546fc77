using System.Text.Json;
using StackExchange.Redis;

namespace RedPacket.Drills.Run;

/// <summary>
/// The service as separate processes on a real Redis and RabbitMQ. The topology sets their roles and the ledger.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const int MostWarnings = 10;
    private static readonly string[] s_warnings = [" warn: ", " fail: ", " crit: "];
    private readonly Folder _folder = new("cluster");
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Tokens _tokens = new();
    private readonly List<(string[] Roles, ServiceProcess Process)> _members = [];

    private readonly string? _redis;
    private ConnectionMultiplexer? _connection;

    private Cluster(RabbitServer rabbit, Topology topology)
    {
        _redis = topology.Redis;
        Redis = new RedisServer(topology.Fsync);
        Rabbit = rabbit;
        LedgerPath = _folder.File("ledger.db");
        Ledger = topology.Ledger ?? $"Data Source={LedgerPath}";
        foreach (var member in topology.Members)
            _members.Add((member.Roles.Split(','), Process(topology, member)));
    }

    /// <summary>The only server, unless the topology names others.</summary>
    public RedisServer Redis { get; }

    /// <summary>To Redis, however many servers it has.</summary>
    public IConnectionMultiplexer Connection => _connection ?? Redis.Connection;

    public RabbitServer Rabbit { get; }

    /// <summary>The ledger's connection string.</summary>
    public string Ledger { get; }

    /// <summary>The ledger's file, when this deployment made its own SQLite file.</summary>
    public string LedgerPath { get; }

    /// <summary>The first process that serves sends, grabs and packets.</summary>
    public ServiceProcess Grabber => WithRole("grab")[0];

    /// <summary>The first process that settles.</summary>
    public ServiceProcess Settler => WithRole("settle")[0];

    /// <summary>The first process that reports, repairs and opens the gate.</summary>
    public ServiceProcess Reconciler => WithRole("reconcile")[0];

    /// <summary>All processes, in the order of the topology.</summary>
    public IEnumerable<ServiceProcess> Processes => _members.Select(member => member.Process);

    /// <summary>The last warnings and errors of each process that runs.</summary>
    public string Warnings => string.Join('\n', Processes.Where(process => process.IsRunning).Select(process =>
        $"{process.Address}\n{string.Join('\n', process.Output.Split('\n').Where(IsWarning).TakeLast(MostWarnings))}"));

    /// <summary>Starts three processes, as deployed, and waits until they are ready.</summary>
    public static Task<Cluster> Start(RabbitServer rabbit) => Start(rabbit, Topology.Deployed);

    /// <summary>Starts a topology and waits until it is ready.</summary>
    public static Task<Cluster> Start(RabbitServer rabbit, Topology topology) => Start(rabbit, topology, async cluster =>
    {
        await Task.WhenAll(cluster.Processes.Select(process => process.Start(untilReady: false)));
        // The ledger may be open to one of two reconcile processes, and not yet to the other.
        await Task.WhenAll(cluster.WithRole("grab").Concat(cluster.WithRole("reconcile")).Select(process => process.Ready()));
    });

    /// <summary>Starts the servers only. The caller starts the processes.</summary>
    public static Task<Cluster> Prepare(RabbitServer rabbit, Topology topology) =>
        Start(rabbit, topology, _ => Task.CompletedTask);

    private static async Task<Cluster> Start(RabbitServer rabbit, Topology topology, Func<Cluster, Task> start)
    {
        var cluster = new Cluster(rabbit, topology);
        try
        {
            await Task.WhenAll(rabbit.DeleteAll(), cluster.StartRedis());
            await start(cluster);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private async Task StartRedis()
    {
        if (_redis is null)
            await Redis.Start();
        else
            _connection = await ConnectionMultiplexer.ConnectAsync($"{_redis},{RedisServer.Patient}");
    }

    /// <summary>The processes with a role, in the order of the topology.</summary>
    public IReadOnlyList<ServiceProcess> WithRole(string role) =>
        [.. _members.Where(member => member.Roles.Contains(role)).Select(member => member.Process)];

    /// <summary>Makes a client that loads these processes, by default all that grab.</summary>
    public LoadClient Client(LoadPlan plan, IReadOnlyList<ServiceProcess>? processes = null) =>
        new([.. (processes ?? WithRole("grab")).Select(process => process.Address)], plan,
            (request, user) => request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user)));

    /// <summary>Makes one call as a user or as the operator.</summary>
    public async Task<(int Status, byte[] Body)> Call(
        ServiceProcess process, HttpMethod method, string path, string user, bool asOperator = false,
        HttpContent? body = null, string? key = null)
    {
        using var request = Request(process, method, path, user, asOperator);
        request.Content = body;
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await _client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Builds a request with the user's token.</summary>
    public HttpRequestMessage Request(ServiceProcess process, HttpMethod method, string path, string user,
        bool asOperator = false)
    {
        var request = new HttpRequestMessage(method, new Uri(process.Address, path));
        request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user, asOperator));
        return request;
    }

    /// <summary>Reads the report from the reconciling process.</summary>
    public async Task<JsonElement> Report()
    {
        var (status, body) = await Call(Reconciler, HttpMethod.Get, "/api/v1/consistency", "olga", asOperator: true);
        Assert.True(status == 200, $"{status} {System.Text.Encoding.UTF8.GetString(body)}");
        return JsonDocument.Parse(body).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var process in Processes)
            process.Dispose();
        if (_connection is not null)
            await _connection.DisposeAsync();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }

    private static bool IsWarning(string line) =>
        s_warnings.Any(word => line.Contains(word, StringComparison.Ordinal));

    private ServiceProcess Process(Topology topology, Member member)
    {
        var settings = new Dictionary<string, string>(Tokens.Settings)
        {
            ["RedPacket:Roles"] = member.Roles,
            ["ConnectionStrings:Redis"] = _redis ?? Redis.ConnectionString,
            ["ConnectionStrings:RabbitMq"] = Rabbit.ConnectionString,
            ["ConnectionStrings:Ledger"] = Ledger,
        };
        foreach (var given in new[] { topology.Settings, member.Settings }.OfType<IReadOnlyDictionary<string, string>>())
            foreach (var (name, value) in given)
                settings[name] = value;
        // No drill looks at the rooms that follow the ledger.
        if (member.Demo)
            settings.TryAdd("Demo:Subscribers", "false");
        return member.Demo
            ? ServiceProcess.Demo(_folder, settings, $"data-{_members.Count}")
            : ServiceProcess.Service(_folder, settings, member.Dll);
    }
}
