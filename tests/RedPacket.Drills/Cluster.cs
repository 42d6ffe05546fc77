using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>The service as processes of its own on real Redis and RabbitMQ, by a layout: which roles each has, on which ledger.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Folder _folder = new("cluster");
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Tokens _tokens = new();
    private readonly List<(string[] Roles, ServiceProcess Process)> _members = [];

    private Cluster(RabbitServer rabbit, Topology layout)
    {
        Redis = new RedisServer(layout.Fsync);
        Rabbit = rabbit;
        LedgerPath = _folder.File("ledger.db");
        Ledger = layout.Ledger ?? $"Data Source={LedgerPath}";
        foreach (var member in layout.Members)
            _members.Add((member.Roles.Split(','), Process(layout, member)));
    }

    public RedisServer Redis { get; }

    public RabbitServer Rabbit { get; }

    /// <summary>The ledger's connection string.</summary>
    public string Ledger { get; }

    /// <summary>The ledger's file, where it is a SQLite file of this deployment's own.</summary>
    public string LedgerPath { get; }

    /// <summary>The first process that serves sends, grabs and packets.</summary>
    public ServiceProcess Grab => Having("grab")[0];

    /// <summary>The first process that settles.</summary>
    public ServiceProcess Books => Having("settle")[0];

    /// <summary>The first process that reports, repairs, opens the gate.</summary>
    public ServiceProcess Desk => Having("reconcile")[0];

    /// <summary>All processes, in the layout's order.</summary>
    public IEnumerable<ServiceProcess> Processes => _members.Select(member => member.Process);

    /// <summary>Started and ready: three processes, as deployed.</summary>
    public static Task<Cluster> Start(RabbitServer rabbit) => Start(rabbit, Topology.Deployed);

    /// <summary>Started and ready.</summary>
    public static Task<Cluster> Start(RabbitServer rabbit, Topology layout) => Start(rabbit, layout, async cluster =>
    {
        await Task.WhenAll(cluster.Processes.Select(process => process.Start(untilReady: false)));
        await Task.WhenAll(cluster.Having("grab").Select(process => process.Ready()));
    });

    /// <summary>Its servers are started, its processes are not.</summary>
    public static Task<Cluster> Prepare(RabbitServer rabbit, Topology layout) => Start(rabbit, layout, _ => Task.CompletedTask);

    private static async Task<Cluster> Start(RabbitServer rabbit, Topology layout, Func<Cluster, Task> start)
    {
        Installed.Require(Installed.Redis);
        Installed.Require(Installed.RabbitMq);
        var cluster = new Cluster(rabbit, layout);
        try
        {
            await Task.WhenAll(rabbit.DeleteAll(), cluster.Redis.InitializeAsync().AsTask());
            await start(cluster);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The processes with a role, in the layout's order.</summary>
    public IReadOnlyList<ServiceProcess> Having(string role) => [.. _members.Where(member => member.Roles.Contains(role)).Select(member => member.Process)];

    /// <summary>A client that loads the grab processes.</summary>
    public LoadClient Client(LoadPlan plan) =>
        new([.. Having("grab").Select(process => process.Address)], plan, (request, user) => request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user)));

    /// <summary>One call as a user or as the operator.</summary>
    public async Task<(int Status, byte[] Body)> Call(ServiceProcess process, HttpMethod method, string path, string user, bool asOperator = false, HttpContent? body = null, string? key = null)
    {
        using var request = Request(process, method, path, user, asOperator);
        request.Content = body;
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>A call that is not made yet.</summary>
    public HttpRequestMessage Request(ServiceProcess process, HttpMethod method, string path, string user, bool asOperator = false)
    {
        var request = new HttpRequestMessage(method, new Uri(process.Address, path));
        request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user, asOperator));
        return request;
    }

    /// <summary>The report of the reconciling process.</summary>
    public async Task<JsonElement> Report()
    {
        var (status, body) = await Call(Desk, HttpMethod.Get, "/api/v1/consistency", "olga", asOperator: true);
        Assert.True(status == 200, $"{status} {System.Text.Encoding.UTF8.GetString(body)}");
        return JsonDocument.Parse(body).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var process in Processes)
            process.Dispose();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }

    private ServiceProcess Process(Topology layout, Member member)
    {
        var settings = new Dictionary<string, string>(Tokens.Settings)
        {
            ["RedPacket:Roles"] = member.Roles,
            ["ConnectionStrings:Redis"] = Redis.ConnectionString,
            ["ConnectionStrings:RabbitMq"] = Rabbit.ConnectionString,
            ["ConnectionStrings:Ledger"] = Ledger,
        };
        foreach (var (name, value) in (layout.Settings ?? new Dictionary<string, string>()).Concat(member.Settings ?? new Dictionary<string, string>()))
            settings[name] = value;
        return member.Demo ? ServiceProcess.Demo(_folder, settings, $"data-{_members.Count}") : ServiceProcess.Service(_folder, settings);
    }
}
