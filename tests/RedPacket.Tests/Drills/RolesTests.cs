using System.Diagnostics;
using System.Text;
using System.Text.Json;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The deployment of three processes when nothing is wrong, when Redis is away, and when Redis has lost everything. All
/// tests use the same processes, so each has its own packet, and leaves Redis running.
/// </summary>
[Collection(RabbitTests.Name)]
[Needs("drill")]
public sealed class RolesTests(RolesTests.Deployment deployment) : IClassFixture<RolesTests.Deployment>, IAsyncLifetime
{
    private const string Terms = """{"kind":"lucky","amountFen":1000,"count":5}""";
    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await deployment.Start();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task EachProcessServesItsRoles_AndTheWalletFillsAcrossThem()
    {
        var packetId = await Send("key-roles");
        // No other test grabs for this user.
        var (status, won) = await Grab(packetId, "walter");
        Assert.Equal(200, status);

        await Drill.Consistent(_cluster.Report, "three processes");
        var wallet = await _cluster.Call(_cluster.Reconciler, HttpMethod.Get, "/api/v1/wallets/walter", "walter");
        Assert.Contains($"\"settledFen\":{Member(won, "amountFen")}", Encoding.UTF8.GetString(wallet.Body), StringComparison.Ordinal);
        Assert.Equal(404, (await _cluster.Call(_cluster.Grabber, HttpMethod.Get, "/api/v1/consistency", "olga", asOperator: true)).Status);
        Assert.Equal(404, (await _cluster.Call(_cluster.Reconciler, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", "bob")).Status);
        foreach (var process in new[] { _cluster.Grabber, _cluster.Settler, _cluster.Reconciler })
            Assert.Equal(200, (await _cluster.Call(process, HttpMethod.Get, "/api/v1/info", "bob")).Status);
    }

    [Fact]
    public async Task DemoIdentity_OpensNothingInTheService()
    {
        using var client = new HttpClient { BaseAddress = _cluster.Grabber.Address };
        client.DefaultRequestHeaders.Add("X-User-Id", "anna");
        client.DefaultRequestHeaders.Add("X-Role", "operator");

        using var response = await client.GetAsync(new Uri("/api/v1/packets", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task RedisStopped_Returns503InTimeAndRecovers()
    {
        var packetId = await Send("key-stopped");
        await Grab(packetId, "bob");
        await _cluster.Redis.Kill();
        try
        {
            await Is503Within(TimeSpan.FromSeconds(2.5), packetId);
        }
        finally
        {
            await _cluster.Redis.Start();
        }

        await Eventually.Holds(async () => (await Grab(packetId, "carl")).Status == 200, Drill.Recovery);
    }

    [Fact]
    public async Task RedisPaused_Returns503InTimeAndARetryResolvesIt()
    {
        var packetId = await Send("key-paused");
        await Grab(packetId, "bob");
        _cluster.Redis.Pause();
        try
        {
            await Is503Within(TimeSpan.FromSeconds(3), packetId);
        }
        finally
        {
            _cluster.Redis.Resume();
        }

        await Eventually.Holds(async () => (await Grab(packetId, "carl")).Status == 200, Drill.Recovery);
        await Drill.Consistent(_cluster.Report, "after a pause of Redis");
    }

    [Fact]
    public async Task RedisFlushedWhileIdle_KeepsPacketsWinnersAndBytes()
    {
        var before = Granted(await Drill.Consistent(_cluster.Report, "before the packet"));
        var (_, sent) = await SendAnswer("key-flushed");
        var packetId = Member(sent, "packetId");
        var answers = new Dictionary<string, byte[]>();
        foreach (var user in new[] { "one", "two", "three" })
            answers[user] = (await Grab(packetId, user)).Body;
        await Drill.Consistent(_cluster.Report, "before the flush");

        await _cluster.Redis.Flush();

        await Eventually.Holds(async () => (await Grab(packetId, "one")).Status == 200, Drill.Recovery, "the gate has rebuilt the packet");
        foreach (var (user, answer) in answers)
            Assert.Equal(Encoding.UTF8.GetString(answer), Encoding.UTF8.GetString((await Grab(packetId, user)).Body));
        var (status, again) = await SendAnswer("key-flushed");
        Assert.Equal((201, Encoding.UTF8.GetString(sent)), (status, Encoding.UTF8.GetString(again)));
        Assert.Equal("won", Member((await Grab(packetId, "four")).Body, "outcome"));
        Assert.Equal("won", Member((await Grab(packetId, "five")).Body, "outcome"));
        Assert.Equal("emptied", Member((await Grab(packetId, "six")).Body, "outcome"));
        var after = Granted(await Drill.Consistent(_cluster.Report, "after the flush"));
        Assert.Equal((5, 1000), (after.Shares - before.Shares, after.Fen - before.Fen));
    }

    private static (int Shares, int Fen) Granted(JsonElement report) =>
        (report.GetProperty("claims").GetProperty("granted").GetInt32(), report.GetProperty("money").GetProperty("grantedFen").GetInt32());

    // Each answer is 503, and one comes in time: the machine may do other things for seconds.
    private Task Is503Within(TimeSpan limit, string packetId) => Eventually.Holds(async () =>
    {
        var took = Stopwatch.StartNew();
        var (status, body) = await Grab(packetId, "carl");
        Assert.True(status == 503, $"{status} {Encoding.UTF8.GetString(body)}");
        return took.Elapsed < limit;
    }, what: $"a 503 comes within {limit.TotalSeconds} s");

    private Task<(int Status, byte[] Body)> SendAnswer(string key) =>
        _cluster.Call(
            _cluster.Grabber, HttpMethod.Post, "/api/v1/packets", "anna", false,
            new StringContent(Terms, Encoding.UTF8, "application/json"), key);

    private async Task<string> Send(string key)
    {
        var (status, body) = await SendAnswer(key);
        Assert.True(status == 201, $"{status} {Encoding.UTF8.GetString(body)}");
        return Member(body, "packetId");
    }

    private Task<(int Status, byte[] Body)> Grab(string packetId, string user) =>
        _cluster.Call(_cluster.Grabber, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", user);

    private static string Member(byte[] body, string name) =>
        JsonDocument.Parse(body).RootElement.GetProperty(name).ToString();

    /// <summary>The three processes with their Redis, started by the first test of the class.</summary>
    public sealed class Deployment(RabbitFixture rabbit) : IAsyncDisposable
    {
        private readonly Lazy<Task<Cluster>> _cluster = new(() => Cluster.Start(rabbit));

        internal Task<Cluster> Start() => _cluster.Value;

        public async ValueTask DisposeAsync()
        {
            if (_cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await _cluster.Value).DisposeAsync();
        }
    }
}
