using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RedPacket.Drills.Run;
using RedPacket.Gate;
using RedPacket.Ledger.Followers;
using RedPacket.Operations;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Operations;

/// <summary>The operators' calls about the house.</summary>
[Needs("servers")]
public sealed class HouseTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"count":3}""", HttpStatusCode.OK, null)]
    [InlineData("""{"count":2}""", HttpStatusCode.Conflict, "shards_not_lowered")]
    [InlineData("""{"count":0}""", HttpStatusCode.BadRequest, "count_out_of_range")]
    [InlineData("""{"count":10001}""", HttpStatusCode.BadRequest, "count_out_of_range")]
    [InlineData("""{"count":"4"}""", HttpStatusCode.BadRequest, "count_out_of_range")]
    [InlineData("{}", HttpStatusCode.BadRequest, "count_out_of_range")]
    [InlineData("""{"count":4,"force":true}""", HttpStatusCode.BadRequest, "unknown_field")]
    public async Task Count_IsNeverLowered_AndWithinLimits(string body, HttpStatusCode status, string? code)
    {
        await using var service = await Service.Start(redis, null, "--Packets:Shards=3");
        await IsInForce(service, 3);

        var answer = await Call(service, HttpMethod.Post, "/shards", body);

        Assert.Equal((status, code), (answer.Status, answer.Body.TryGetProperty("code", out var said) ? said.GetString() : null));
        Assert.Equal(3, (await Call(service, HttpMethod.Get)).Body.GetProperty("count").GetInt32());
        Assert.Equal(0, await Audits(service));
    }

    [Fact]
    public async Task Raised_IsAudited_AndTheHouseShowsEachShard()
    {
        await using var service = await Service.Start(redis, null);
        await IsInForce(service, 1);

        Assert.Equal(HttpStatusCode.OK, (await Call(service, HttpMethod.Post, "/shards", """{"count":2}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Call(service, HttpMethod.Post, "/shards", """{"count":2}""")).Status);

        var house = await IsInForce(service, 2);
        Assert.Equal(1, await Audits(service));
        Assert.Equal(JsonValueKind.Null, house.GetProperty("waitsFor").ValueKind);
        var shards = house.GetProperty("shards").EnumerateArray().ToList();
        Assert.Equal([0, 1], shards.Select(shard => shard.GetProperty("shard").GetInt32()));
        Assert.All(shards, shard =>
        {
            Assert.Equal(("open", 0), (shard.GetProperty("gate").GetString(), shard.GetProperty("outbox").GetInt64()));
            Assert.EndsWith(redis.ConnectionString.Split(':', ',')[1], shard.GetProperty("node").GetString(), StringComparison.Ordinal);
            Assert.Equal(32, shard.GetProperty("run").GetString()!.Length);
        });
    }

    [Fact]
    public async Task House_NamesTheProcessesThatAreConnectedToRedis_AndTheSubscribers()
    {
        await using var service = await Service.Start(redis, null);
        await IsInForce(service, 1);
        await using var other = await ConnectionMultiplexer.ConnectAsync(
            RedisConnection.ForService(redis.ConnectionString, new ProcessName(["grab", "relay"], "pay-3", 1204)));
        await service.Of<SubscriberRecord>().Save(new SubscriberRow { Name = "statistics", LedgerGrabs = 0, LedgerGrantedFen = 0 }, Stop);

        // The list is up to five seconds old.
        var house = await Eventually.Yields(async () => (await Call(service, HttpMethod.Get)).Body,
            house => Processes(house).Any(process => process.Host == "pay-3"), what: "a process that began is listed");

        Assert.Contains((Environment.MachineName, Environment.ProcessId, "grab,relay,settle,reconcile,announce"), Processes(house));
        Assert.Contains(("pay-3", 1204, "grab,relay"), Processes(house));
        var subscriber = Assert.Single(house.GetProperty("subscribers").EnumerateArray());
        Assert.Equal("""{"name":"statistics","state":"agrees","position":0,"rowsBehind":0}""", subscriber.GetRawText());
        await other.DisposeAsync();
        await Eventually.Holds(
            async () => !Processes((await Call(service, HttpMethod.Get)).Body).Any(process => process.Host == "pay-3"),
            TimeSpan.FromSeconds(30), "a process that ended is gone");
    }

    [Fact]
    public void ProcessWithSeveralConnections_IsOneLine_AndOtherProgramsAreNone()
    {
        (string?, int)[] connections =
            [("redpacket/grab/pay-3/12", 3), (null, 9), ("redpacket/grab/pay-3/12", 40), ("redpacket inspector", 1)];

        Assert.Equal([("pay-3", 12, 40L)], HouseProcesses.Of(connections).Select(each => (each.Host, each.Id, each.ConnectedSeconds)));
    }

    [Fact]
    public async Task WhilePacketsAreCompared_TheHouseShowsHowManyAreLeft()
    {
        await using var service = await Service.Start(redis, null);
        await IsInForce(service, 1);
        foreach (var _ in Enumerable.Range(0, 3))
            await service.Send(1000, 10);
        await service.Settles();
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        await redis.ChangeReplicationId();
        Assert.Equal(("shut", null), await Walk(service));

        await OpenGate.Now(service, Stop);
        Assert.Equal(("open", """{"compared":0,"left":3}"""), await Walk(service));
        await service.Of<ShardWalk>().Run(0, Stop);

        Assert.Equal(("open", null), await Walk(service));
    }

    [Fact]
    public async Task WhileAShardIsAway_TheRaiseWaits_AndAnotherIsRefused()
    {
        await using var service = await Service.Start(redis, null, "--Packets:Shards=2");
        await IsInForce(service, 2);
        await using var away = await ShardAway.Begin(redis);

        Assert.Equal(HttpStatusCode.OK, (await Call(service, HttpMethod.Post, "/shards", """{"count":3}""")).Status);
        var refused = await Call(service, HttpMethod.Post, "/shards", """{"count":4}""");
        var house = await Eventually.Yields(
            async () => (await Call(service, HttpMethod.Get)).Body,
            answer => answer.GetProperty("waitsFor").GetString()?.Contains("shard 0", StringComparison.Ordinal) == true);

        Assert.Equal("raise_under_way", refused.Body.GetProperty("code").GetString());
        Assert.Equal((2, 3), (house.GetProperty("count").GetInt32(), house.GetProperty("raisingTo").GetInt32()));
        Assert.Equal("away", house.GetProperty("shards")[0].GetProperty("gate").GetString());
        await away.End();
        await IsInForce(service, 3);
    }

    [Fact]
    public async Task UserWhoIsNoOperator_IsRefused()
    {
        await using var service = await Service.Start(redis, null);

        Assert.Equal(HttpStatusCode.Forbidden, (await Call(service, HttpMethod.Get, asOperator: false)).Status);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await Call(service, HttpMethod.Post, "/shards", """{"count":2}""", asOperator: false)).Status);
    }

    private static async Task<(string? Gate, string? Walk)> Walk(Service service)
    {
        var shard = (await Call(service, HttpMethod.Get)).Body.GetProperty("shards")[0];
        var walk = shard.GetProperty("walk");
        return (shard.GetProperty("gate").GetString(), walk.ValueKind == JsonValueKind.Null ? null : walk.GetRawText());
    }

    private static async Task<JsonElement> IsInForce(Service service, int shards) => await Eventually.Yields(
        async () => (await Call(service, HttpMethod.Get)).Body,
        house => house.TryGetProperty("count", out var count) && count.GetInt32() == shards
            && house.GetProperty("raisingTo").ValueKind == JsonValueKind.Null
            && house.GetProperty("shards").EnumerateArray().All(shard => shard.GetProperty("gate").GetString() == "open"));

    private static async Task<int> Audits(Service service)
    {
        await using var db = await service.OpenLedger();
        return await db.Audits.CountAsync(audit => audit.Action == "shards_raised" && audit.Actor == "olga", Stop);
    }

    private static List<(string? Host, int Id, string Roles)> Processes(JsonElement house) =>
    [
        .. house.GetProperty("processes").EnumerateArray().Select(process => (process.GetProperty("host").GetString(),
            process.GetProperty("id").GetInt32(),
            string.Join(',', process.GetProperty("roles").EnumerateArray().Select(role => role.GetString())))),
    ];

    private static async Task<(HttpStatusCode Status, JsonElement Body)> Call(
        Service service, HttpMethod method, string path = "", string? body = null, bool asOperator = true)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            method, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{service.Port}/api/v1/house{path}")));
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(new Tokens().Bearer("olga", asOperator));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request, Stop);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement.Clone());
    }
}
