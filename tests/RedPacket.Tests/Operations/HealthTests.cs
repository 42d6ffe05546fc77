using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Operations;
using RedPacket.Packets;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

/// <summary>When a process says that it can work.</summary>
[Needs("servers")]
public sealed class HealthTests(RedisFixture server) : IClassFixture<RedisFixture>
{
    private static readonly Part s_down = Part.Down("away");

    private static string Judge(string roles, HealthParts parts, bool stopping = false) =>
        Readiness.Judge(
            new ProcessRoles(new ConfigurationBuilder().AddInMemoryCollection([new("RedPacket:Roles", roles)]).Build()),
            parts, stopping).Status;

    private static readonly HealthParts s_allUp = new(Part.Up, Part.Up, Part.Up, Part.Up, Part.Up, Part.Up, null);

    [Theory]
    [InlineData("grab", "degraded")]
    [InlineData("grab,relay,settle,reconcile", "degraded")]
    [InlineData("relay", "unready")]
    [InlineData("settle", "unready")]
    [InlineData("announce", "unready")]
    [InlineData("reconcile", "degraded")]
    public void BusDown_StopsOnlyRolesThatNeedIt(string roles, string status) =>
        Assert.Equal(status, Judge(roles, s_allUp with { Bus = s_down }));

    [Theory]
    [InlineData("grab", "degraded")]
    [InlineData("relay", "degraded")]
    [InlineData("settle", "unready")]
    [InlineData("reconcile", "unready")]
    [InlineData("announce", "unready")]
    public void LedgerDown_StopsOnlyRolesThatNeedIt(string roles, string status) =>
        Assert.Equal(status, Judge(roles, s_allUp with { Ledger = s_down }));

    [Theory]
    [InlineData("grab", "unready")]
    [InlineData("relay", "degraded")]
    [InlineData("reconcile", "degraded")]
    public void GateShut_StopsGrabsOnly(string roles, string status) =>
        Assert.Equal(status, Judge(roles, s_allUp with { Gate = s_down }));

    [Theory]
    [InlineData("grab")]
    [InlineData("relay")]
    [InlineData("settle")]
    [InlineData("reconcile")]
    public void StoreDownOrVolatile_StopsEveryRole(string roles)
    {
        Assert.Equal("unready", Judge(roles, s_allUp with { Store = s_down }));
        Assert.Equal("unready", Judge(roles, s_allUp with { Durability = s_down }));
        Assert.Equal("ready", Judge(roles, s_allUp));
        Assert.Equal("stopping", Judge(roles, s_allUp, stopping: true));
    }

    [Theory]
    [InlineData("grab", "unready")]
    [InlineData("settle", "degraded")]
    public void IssuerNeverRead_StopsGrabsOnly(string roles, string status) =>
        Assert.Equal(status, Judge(roles, s_allUp with { Issuer = s_down }));

    [Fact]
    public async Task ShutGate_IsNamedAndUnreadyUntilItOpens()
    {
        await server.Flush();
        await using var app = await OperationsApp.Start(server.ConnectionString);
        var closed = await Eventually.Yields(() => app.Get("/health/ready"), answer => Status(answer, "gate") == "down");
        Assert.Equal(503, closed.Status);
        await OperationsApp.OpenGate(server);
        var open = await Eventually.Yields(() => app.Get("/health/ready"), answer => answer.Status == 200);
        Assert.Equal(("up", "up", "up"), (Status(open, "gate"), Status(open, "store"), Status(open, "durability")));
        Assert.Equal(200, (await app.Get("/health/live")).Status);
    }

    // Such a Redis names no gate that is shut, and nothing can be granted there.
    [Fact]
    public async Task RedisThatKnowsNoShards_HasTheFirstGateShut()
    {
        await server.Flush();
        await using var app = await OperationsApp.Start(server.ConnectionString);
        await server.Database.KeyDeleteAsync(PacketKeys.Shards);

        Assert.Equal([KeyValuePair.Create(0, false)], await app.Services.GetRequiredService<GateReader>().Read());
    }

    [Fact]
    public async Task OneOfTwoGatesShut_IsNamedAndDegraded()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await Shards.Add(server.Database, 1);
        await using var app = await OperationsApp.Start(server.ConnectionString);

        var answer = await Eventually.Yields(() => app.Get("/health/ready"), answer => answer.Status == 200);

        Assert.Equal(("degraded", true), (Status(answer, "gate"), answer.Body.Contains("shard 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StoreHangs_IsUnreadyWithinTwoSeconds()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await using var app = await OperationsApp.Start(server.ConnectionString);
        await Eventually.Holds(async () => (await app.Get("/health/ready")).Status == 200);
        server.Pause();
        try
        {
            // One of the answers: the first may be of the moment before, and the machine may do other things for
            // seconds.
            await Eventually.Holds(async () =>
            {
                var started = TimeProvider.System.GetTimestamp();
                var answer = await app.Get("/health/ready");
                return (answer.Status, Status(answer, "store")) == (503, "down")
                    && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(2);
            });
        }
        finally
        {
            server.Resume();
        }
    }

    [Fact]
    public async Task ReadinessAskedOften_AsksRedisRarely()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await using var app = await OperationsApp.Start(server.ConnectionString);
        await Eventually.Holds(async () => (await app.Get("/health/ready")).Status == 200);
        var before = await Pings();

        for (var round = 0; round < 20; round++)
            await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => app.Get("/health/ready")));

        Assert.InRange(await Pings() - before, 0, 250);
    }

    private async Task<int> Pings()
    {
        var numbers = (string)(await server.Database.ExecuteAsync("INFO", "commandstats"))!;
        var calls = Regex.Match(numbers, "cmdstat_ping:calls=(?<calls>[0-9]+)");
        return int.Parse(calls.Groups["calls"].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Metrics_ReportOutboxGateAndRequests()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await using var app = await OperationsApp.Start(server.ConnectionString);
        await Eventually.Holds(async () => (await app.Get("/health/ready")).Status == 200);
        await server.Database.SortedSetAddAsync("{0}:out", "f 0-0198aaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 alice 100 1700000000000 {}", 2);
        var metrics = await Eventually.Yields(
            () => app.Get("/metrics"),
            answer => answer.Body.Contains("redpacket_outbox_depth", StringComparison.Ordinal)
                && answer.Body.Contains("redpacket_gate_open{", StringComparison.Ordinal)
                // A request is measured after its answer has left.
                && answer.Body.Contains("http_server_request_duration_seconds", StringComparison.Ordinal)
                && !answer.Body.Contains("redpacket_outbox_oldest_age_seconds 0", StringComparison.Ordinal));
        Assert.Subset(MonitoringTests.DocumentedNames(), MonitoringTests.NamesIn(metrics.Body));
        Assert.Contains("service_name=\"RedPacket\"", metrics.Body, StringComparison.Ordinal);
    }

    private static string? Status(EdgeAnswer answer, string part)
    {
        using var body = JsonDocument.Parse(answer.Body);
        return body.RootElement.GetProperty("parts").GetProperty(part).GetProperty("status").GetString();
    }
}
