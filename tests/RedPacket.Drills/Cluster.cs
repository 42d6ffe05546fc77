using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>The service as it is deployed, on real Redis and RabbitMQ: three processes that share the roles and one SQLite ledger.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Folder _folder = new("cluster");
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Tokens _tokens = new();

    private Cluster(RabbitServer rabbit)
    {
        Redis = new RedisServer();
        LedgerPath = _folder.File("ledger.db");
        Grab = Process(rabbit, "grab");
        Books = Process(rabbit, "relay,settle");
        Desk = Process(rabbit, "reconcile");
    }

    public RedisServer Redis { get; }

    public string LedgerPath { get; }

    /// <summary>Serves sends, grabs and packets.</summary>
    public ServiceProcess Grab { get; }

    /// <summary>Relays and settles.</summary>
    public ServiceProcess Books { get; }

    /// <summary>Reports, repairs, opens the gate.</summary>
    public ServiceProcess Desk { get; }

    /// <summary>Started and ready.</summary>
    public static async Task<Cluster> Start(RabbitServer rabbit)
    {
        Installed.Require(Installed.Redis);
        Installed.Require(Installed.RabbitMq);
        await rabbit.DeleteAll();
        var cluster = new Cluster(rabbit);
        try
        {
            await cluster.Redis.InitializeAsync();
            await Task.WhenAll(cluster.Desk.Start(untilReady: false), cluster.Books.Start(untilReady: false));
            await cluster.Grab.Start();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that loads the grab process.</summary>
    public LoadClient Client(LoadPlan plan) => new(Grab.Address, plan, (request, user) => request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user)));

    /// <summary>One call as a user or as the operator.</summary>
    public async Task<(int Status, byte[] Body)> Call(ServiceProcess process, HttpMethod method, string path, string user, bool asOperator = false, HttpContent? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(process.Address, path)) { Content = body };
        request.Headers.TryAddWithoutValidation("Authorization", _tokens.Bearer(user, asOperator));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
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
        foreach (var process in new[] { Grab, Books, Desk })
            process.Dispose();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }

    private ServiceProcess Process(RabbitServer rabbit, string roles) => ServiceProcess.Service(_folder, new Dictionary<string, string>(Tokens.Settings)
    {
        ["RedPacket:Roles"] = roles,
        ["ConnectionStrings:Redis"] = Redis.ConnectionString,
        ["ConnectionStrings:RabbitMq"] = rabbit.ConnectionString,
        ["ConnectionStrings:Ledger"] = $"Data Source={LedgerPath}",
    });
}
