using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using RedPacket.Drills.Run;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

/// <summary>
/// Three programs with different roles: each of them serves every call, and says so when the one it needs is away.
/// </summary>
[Needs("servers")]
public sealed partial class SplitServiceTests(SplitServiceTests.ThreePrograms programs) : IClassFixture<SplitServiceTests.ThreePrograms>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task EveryCall_IsServedByEachProcess(int process)
    {
        var door = programs.All[process];
        var (sent, again) = (await Send(door, $"key-{process}"), await Send(door, $"key-{process}"));
        Assert.Equal((201, 201, sent.Body), (sent.Status, again.Status, again.Body));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotent-Replayed"));
        var packet = JsonDocument.Parse(sent.Body).RootElement.GetProperty("packetId").GetString()!;
        Assert.Equal($"/api/v1/packets/{packet}", sent.Headers.Location?.OriginalString);

        var won = await Call(door, HttpMethod.Post, $"/api/v1/packets/{packet}/grabs", "bob");
        Assert.Equal((200, "won"), (won.Status, JsonDocument.Parse(won.Body).RootElement.GetProperty("outcome").GetString()));
        await Eventually.Yields(() => Call(door, HttpMethod.Get, "/api/v1/wallets/bob", "bob"), wallet =>
            wallet.Status == 200 && !wallet.Body.Contains("\"settledFen\":0", StringComparison.Ordinal), what: "the share is settled");

        foreach (var (path, user, isOperator, type) in new[]
        {
            ($"/api/v1/packets/{packet}?limit=1", "bob", false, "application/json"),
            ("/api/v1/packets?limit=1", "olga", true, "application/json"),
            ("/api/v1/wallets/bob/transfers?limit=1", "bob", false, "application/json"),
            ("/api/v1/consistency", "olga", true, "application/json"),
            ($"/api/v1/consistency?format=csv&packetId={packet}", "olga", true, "text/csv"),
            ("/api/v1/consistency?format=html", "olga", true, "text/html"),
            ("/api/v1/consistency/history", "olga", true, "application/json"),
            ("/api/v1/parked", "olga", true, "application/json"),
        })
        {
            var answer = await Call(door, HttpMethod.Get, path, user, isOperator);
            Assert.True(answer.Status == 200, $"{path}: {answer.Status} {answer.Body}");
            Assert.Equal((path, type), (path, answer.Content.ContentType?.MediaType));
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        }

        var dry = await Call(door, HttpMethod.Post, "/api/v1/consistency/repairs", "olga", isOperator: true, body: """{"dryRun":true}""");
        Assert.Equal(200, dry.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Forwarding_GivesNoRight(int process)
    {
        var door = programs.All[process];

        Assert.Equal("unauthenticated", (await Call(door, HttpMethod.Get, "/api/v1/consistency", null)).Code());
        Assert.Equal("forbidden", (await Call(door, HttpMethod.Get, "/api/v1/consistency", "bob")).Code());
        Assert.Equal("forbidden", (await Call(door, HttpMethod.Get, "/api/v1/wallets/alice", "bob")).Code());
    }

    [Fact]
    public async Task PeerThatBelievesThisMachine_DoesNotBelieveAForwardedName()
    {
        using var folder = new Folder("believing");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start(untilReady: false);
        await using var door = await SplitProcess.Start("relay,settle", $"--Forward:Reconcile={demo.Address}");
        (string, string)[] claimed =
        [
            ("X-User-Id", "eve"), ("X-Role", "operator"), ("Cookie", "redpacket-demo-user=eve; redpacket-demo-operator=operator"),
        ];

        var answer = await door.Get("/api/v1/consistency", claimed);

        Assert.Equal((401, "unauthenticated"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task PeerAway_StopsItsCallsOnly_AndTheVerdictIsUnknownMeanwhile()
    {
        var grab = programs.All[0];
        await Verdict(grab, verdict => verdict is not null);
        await programs.Reconcile.Kill();
        try
        {
            var refused = await Call(grab, HttpMethod.Get, "/api/v1/consistency", "olga", isOperator: true);
            Assert.Equal((503, "role_unavailable", "1"), (refused.Status, refused.Code(), refused.Headers.RetryAfter?.ToString()));
            Assert.Equal(201, (await Send(grab, "key-away")).Status);
            await Verdict(grab, verdict => verdict is not "CONSISTENT");
        }
        finally
        {
            await programs.Reconcile.Start(untilReady: false);
        }

        await Eventually.Holds(
            async () => (await Call(grab, HttpMethod.Get, "/api/v1/consistency", "olga", isOperator: true)).Status == 200,
            what: "the report is served again");
        await Verdict(grab, verdict => verdict is "CONSISTENT");
    }

    // Reads the live numbers of a process until its verdict is as expected.
    private static async Task Verdict(ServiceProcess process, Func<string?, bool> expected)
    {
        using var client = new HttpClient { BaseAddress = process.Address };
        await using var stream = await client.GetStreamAsync(new Uri("/api/v1/live", UriKind.Relative), Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(limit.Token))
            if (item.EventType == "live" && expected(JsonDocument.Parse(item.Data).RootElement.GetProperty("verdict").GetString()))
                return;
        Assert.Fail("The stream ended.");
    }

    private Task<EdgeAnswer> Send(ServiceProcess door, string key) => Call(
        door, HttpMethod.Post, "/api/v1/packets", "alice", body: """{"kind":"equal","amountFen":300,"count":3}""", key: key);

    private Task<EdgeAnswer> Call(
        ServiceProcess door, HttpMethod method, string path, string? user, bool isOperator = false, string? body = null,
        string? key = null) =>
        Call(door.Address, method, path, user, isOperator, body, key);

    private async Task<EdgeAnswer> Call(
        Uri door, HttpMethod method, string path, string? user, bool isOperator = false, string? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(door, path));
        if (user is not null)
            request.Headers.TryAddWithoutValidation("Authorization", programs.Tokens.Bearer(user, isOperator));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await programs.Client.SendAsync(request, Cancellation);
        return await EdgeAnswer.Read(response);
    }

    /// <summary>
    /// Programs with the roles grab, <c>relay,settle</c> and reconcile. All have the same settings but their roles. The
    /// bus of the second is in memory, so no broker is needed.
    /// </summary>
    public sealed class ThreePrograms : IAsyncLifetime
    {
        private readonly RedisServer _redis = new();
        private readonly Folder _folder = new("three");
        private ServiceProcess[] _all = [];

        internal HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

        internal Tokens Tokens { get; } = new();

        internal IReadOnlyList<ServiceProcess> All
        {
            get
            {
                Installed.Require(Installed.Redis);
                return _all;
            }
        }

        internal ServiceProcess Reconcile => All[2];

        public async ValueTask InitializeAsync()
        {
            if (!Installed.Has(Installed.Redis))
                return;
            await _redis.Start();
            var settings = new Dictionary<string, string>(Tokens.Settings)
            {
                ["ConnectionStrings:Redis"] = _redis.ConnectionString,
                ["ConnectionStrings:Ledger"] = $"Data Source={_folder.File("ledger.db")}",
                ["Outbox:InMemory"] = "true",
                ["Http:DrainDelay"] = "00:00:02",
            };
            string[] roles = ["grab", "relay,settle", "reconcile"];
            var own = roles.Select(role => new Dictionary<string, string>(settings) { ["RedPacket:Roles"] = role }).ToArray();
            _all = [.. own.Select(each => ServiceProcess.Service(_folder, each))];
            // The addresses are known by now, and the settings are read at the start.
            foreach (var each in own)
                (each["Forward:Grab"], each["Forward:Reconcile"]) = (All[0].Address.AbsoluteUri, All[2].Address.AbsoluteUri);
            await Task.WhenAll(All.Select(process => process.Start(untilReady: false)));
            await All[0].Ready();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var process in _all)
                process.Dispose();
            Client.Dispose();
            await _redis.DisposeAsync();
            _folder.Dispose();
        }
    }
}
