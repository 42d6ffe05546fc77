using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Operations;
using StackExchange.Redis;

namespace RedPacket.Tests.Operations;

/// <summary>
/// The description of a real store. Each test starts a separate server, because the tests change its settings.
/// </summary>
[Needs("servers")]
public sealed class StoreGuardTests
{
    private static async Task<(StoreDescription Store, string? Refusal)> Look(
        RedisServer server, string? connection = null, params (string, string?)[] settings)
    {
        await using var app = await OperationsApp.Start(connection ?? server.ConnectionString, null, settings);
        var guard = app.Services.GetRequiredService<StoreGuard>();
        await Eventually.Holds(() => guard.Store != StoreDescription.NotYet);
        return (guard.Store, guard.Refusal);
    }

    [Theory]
    [InlineData("always", StoreDescription.Durable)]
    [InlineData("everysec", StoreDescription.LastSecond)]
    [InlineData("no", StoreDescription.LastHalfMinute)]
    public async Task Appendfsync_DeterminesDurability(string fsync, string durability)
    {
        await using var server = new RedisServer(fsync);
        await server.Start();
        var (store, refusal) = await Look(server);
        Assert.Equal(("Redis", durability, null), (store.Kind, store.Durability, refusal));
        Assert.Matches(@"^\d+\.\d+\.\d+", store.Version);
    }

    [Theory]
    [InlineData("appendonly", "no", "appendonly")]
    [InlineData("maxmemory-policy", "allkeys-lru", "noeviction")]
    public async Task VolatileStore_IsRefusedWithTheRemedy(string setting, string value, string remedy)
    {
        await using var server = new RedisServer();
        await server.Start();
        await server.Server.ConfigSetAsync(setting, value);
        var (store, refusal) = await Look(server);
        Assert.Equal(StoreDescription.Volatile, store.Durability);
        Assert.Contains(remedy, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("1", false)]
    public async Task ReplicasThatNobodyWaitsFor_AreAWarning(string minReplicas, bool warns)
    {
        await using var server = new RedisServer();
        await server.Start();
        await using var replica = await RedisReplica.Of(server);
        await server.Server.ConfigSetAsync("min-replicas-to-write", minReplicas);
        await using var app = await OperationsApp.Start(server.ConnectionString, null);
        var guard = app.Services.GetRequiredService<StoreGuard>();
        await Eventually.Holds(() => guard.Store != StoreDescription.NotYet);

        Assert.Equal(warns, guard.Warning?.Contains("min-replicas-to-write 1", StringComparison.Ordinal) ?? false);
        Assert.Equal(warns, (await app.Get("/health/ready")).Body.Contains("min-replicas-to-write 1", StringComparison.Ordinal));
        Assert.Null(guard.Refusal);
    }

    [Theory]
    [InlineData("0", "1", "0", true)]
    [InlineData("1", "1", "0", false)]
    [InlineData("0", "0", "0", false)]
    [InlineData("0", "1", null, false)]
    public void PrimaryOfACluster_OrWithoutReplicas_IsNoWarning(string cluster, string replicas, string? minReplicas,
        bool warns)
    {
        Dictionary<string, string> info = new() { ["cluster_enabled"] = cluster, ["connected_slaves"] = replicas };
        Assert.Equal(warns, RedisInspector.WritesAlone(info, minReplicas));
    }

    [Theory]
    [InlineData("6.0.16", null, "too old")]
    [InlineData("6.2.0", null, null)]
    [InlineData("7.2.4", null, null)]
    [InlineData("7.2.0", "Dragonfly", "Dragonfly has no replication id")]
    public void ServerWhoseHistoryCannotBeTold_IsRefused(string version, string? other, string? reason)
    {
        var refusal = new RedisFacts(version, true, "always", "noeviction", other).Refusal();
        Assert.Equal(reason is null, refusal is null);
        Assert.Contains(reason ?? "", refusal ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowedVolatileStore_IsAcceptedAndReportedAsVolatile()
    {
        await using var server = new RedisServer();
        await server.Start();
        await server.Server.ConfigSetAsync("appendonly", "no");
        var (store, refusal) = await Look(server, null, ("Redis:AllowVolatile", "true"));
        Assert.Equal((StoreDescription.Volatile, null), (store.Durability, refusal));
    }

    [Fact]
    public async Task ServerRefusesConfig_IsJudgedByItsInfo()
    {
        await using var server = new RedisServer();
        await server.Start();
        await server.Database.ExecuteAsync("ACL", "SETUSER", "guest", "on", ">guest", "~*", "&*", "+@all", "-config");
        var guest = $"{server.ConnectionString},user=guest,password=guest";
        Assert.Equal(
            (StoreDescription.Unknown, null),
            await Look(server, guest) is var (store, refusal) ? (store.Durability, refusal) : default);
        await server.Server.ConfigSetAsync("appendonly", "no");
        Assert.NotNull((await Look(server, guest)).Refusal);
    }

    [Fact]
    public async Task StoreDescribedByTheHost_IsNotInspected()
    {
        var own = new StoreDescription("Embedded", "2.2.8", StoreDescription.Durable, "committed before the answer");
        await using var app = await OperationsApp.Start("127.0.0.1:1,connectTimeout=100", services => services.AddSingleton(own));
        Assert.Equal((own, null), app.Services.GetRequiredService<StoreGuard>() is var guard ? (guard.Store, guard.Refusal) : default);
    }

    [Fact]
    public async Task StoreStartsLate_IsUnreadyUntilConnectedAndThenInspected()
    {
        await using var server = new RedisServer();
        await server.Start();
        await server.Stop();
        await using var app = await OperationsApp.Start(server.ConnectionString);
        Assert.Equal(503, (await app.Get("/health/ready")).Status);
        await server.Start();
        await Eventually.Holds(async () => await server.Database.PingAsync() >= TimeSpan.Zero);
        await OperationsApp.OpenGate(server);
        await Eventually.Yields(() => app.Get("/health/ready"), answer => answer.Status == 200);
    }

    [Fact]
    public async Task Info_ShowsDurabilityAndNoConnectionString()
    {
        await using var server = new RedisServer("everysec");
        await server.Start();
        await using var app = await OperationsApp.Start(
            server.ConnectionString, null, ("RedPacket:Roles", "grab, reconcile"), ("Packets:MaxCount", "7"));
        var answer = await Eventually.Yields(
            () => app.Get("/api/v1/info"),
            answer => answer.Body.Contains("last second may be lost", StringComparison.Ordinal));
        Assert.Equal(200, answer.Status);
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
        using var info = JsonDocument.Parse(answer.Body);
        Assert.Equal(
            ["version", "roles", "forwards", "subscribers", "store", "bus", "ledger", "banner", "limits"],
            info.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""["grab","reconcile"]""", info.RootElement.GetProperty("roles").GetRawText());
        Assert.False(info.RootElement.GetProperty("store").GetProperty("durable").GetBoolean());
        Assert.Equal("RabbitMQ", info.RootElement.GetProperty("bus").GetProperty("kind").GetString());
        Assert.Equal(
            """{"maxAmountFen":20000000,"maxCount":7,"maxGreeting":100,"minExpirySeconds":10,"maxExpirySeconds":604800}""",
            info.RootElement.GetProperty("limits").GetRawText());
    }
}
