using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RedPacket.Drills.Run;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Operations;

/// <summary>A shard that is shut or away delays nothing of another one.</summary>
[Needs("servers")]
public sealed class TwoShardsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly string[] s_settings =
        ["--Packets:Shards=2", "--Packets:Retain=00:00:01", "--Reconciliation:RepairInterval=00:00:00.2"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OneShut_TheOtherIsSwept()
    {
        await using var service = await Started();
        var (shut, other) = (await service.Send(100, 2), await service.Send(100, 2, shard: 1));
        await ShutShard0(service);
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, shut), PacketFields.Expiry, 1);
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), shut, 1);

        await service.Expires(other);

        Assert.Equal(PacketState.Open, (await service.Packets.Find(shut))!.State);
    }

    [Fact]
    public async Task OneShut_ProcessIsReadyAndNamesIt_AndBothShutIsUnready()
    {
        await using var service = await Started();
        await ShutShard0(service);
        var (status, gate) = await Eventually.Yields(
            () => Ready(service), answer => answer.Gate.Contains("shard 0", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("degraded", gate, StringComparison.Ordinal);

        await Shut(1);

        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            (await Eventually.Yields(() => Ready(service), answer => answer.Gate.Contains("0, 1", StringComparison.Ordinal))).Status);
    }

    [Fact]
    public async Task OneShut_SendsWhoseKeyLivesInTheOtherAreMade()
    {
        await using var service = await Started();
        await ShutShard0(service);
        using var client = Client(service);
        List<HttpStatusCode> statuses = [];

        for (var send = 0; send < 20; send++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/packets")
            {
                Content = new StringContent("""{"kind":"lucky","amountFen":100,"count":2}""", Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", $"send{send}");
            using var answer = await client.SendAsync(request, Stop);
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable], statuses.Distinct().Order());
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync(PacketKeys.Made(0)));
        var made = statuses.Count(status => status == HttpStatusCode.Created);
        Assert.Equal(made, await redis.Database.SortedSetLengthAsync(PacketKeys.Made(1)));
    }

    [Fact]
    public async Task OneAway_TheOtherIsOpened()
    {
        await using var service = await Started();
        await using var away = await ShardAway.Begin(redis);
        var run = await away.Database.HashGetAsync(PacketKeys.Meta(1), MetaFields.Run);

        await away.Database.HashDeleteAsync(PacketKeys.Meta(1), MetaFields.Run);

        await service.Opens(shard: 1);
        Assert.NotEqual(run, await away.Database.HashGetAsync(PacketKeys.Meta(1), MetaFields.Run));
    }

    [Fact]
    public async Task OneAway_TheOtherIsSweptAndArchived_AndTheProcessIsReady()
    {
        await using var service = await Started();
        var packet = await service.Send(100, 2, shard: 1);
        await using var away = await ShardAway.Begin(redis);

        await service.Expires(packet);

        await Eventually.Holds(async () => await service.Packets.Find(packet) is null, what: "the packet is archived");
        var (status, gate) = await Ready(service);
        Assert.Equal((HttpStatusCode.OK, true), (status, gate.Contains("shard 0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task OneAway_MissingEntriesOfTheOtherArePutBack()
    {
        await using var service = await Started();
        var packet = await service.Send(100, 1, shard: 1);
        await Settled(service, packet, transfers: 1);
        await using var away = await ShardAway.Begin(redis);

        // As after a crash between the packet's write and its entry: only the packet has the claim.
        await redis.Database.HashSetAsync(PacketKeys.Packet(1, packet),
        [
            new("next", 2), new("left", 0), new("sum", (UserId.Check("alice") + 1) * 100L), new("u:alice", "1 100 1790000000000"),
            new("o:1", "alice"),
        ]);

        await Settled(service, packet, transfers: 2);
    }

    [Fact]
    public async Task OneAway_LostSharesOfTheOtherArePaid_AndAnOperatorIsToldWhichWereNot()
    {
        await using var service = await Started("--Reconciliation:Repair=false");
        string[] packets = [await service.Send(100, 2), await service.Send(100, 2, shard: 1), await service.Send(100, 2, shard: 1)];
        foreach (var packet in packets)
            await Settled(service, packet, transfers: 1);
        foreach (var packet in packets)
        {
            _ = PacketId.TryParse(packet, out var shard);
            var late = ChunkLine.Read(new Entry(EntryKind.Grab, packet, 1, $"late{shard}", 40, 1_790_000_000_000).ToString());
            await service.Of<Journal>().Enqueue(new Chunk(shard, [late], 1, 1, null, true, Run: "over", Forgotten: true), Stop);
        }
        await using var away = await ShardAway.Begin(redis);

        // The first row, which is shard 0's, cannot be asked about now.
        var answer = await service.Of<Correction>().Run(Actor.Repair, [1, 2], dryRun: false, Stop);
        Assert.Equal((2, 1, "shard_away"), (answer.Corrected.Single().Id, answer.Skipped.Single().Id, answer.Skipped.Single().Reason));
        Assert.Equal((0, 1), (await Pay(0), await Pay(1)));

        await away.End();
        Assert.Equal(1, await Pay(0));

        Task<int> Pay(int shard) => service.Of<LostRunCorrections>().Pay(shard, Actor.Repair, Stop);
    }

    private async Task<Service> Started(params string[] more)
    {
        var service = await Service.Start(redis, null, [.. s_settings, .. more]);
        await service.Opens(shard: 1);
        return service;
    }

    // Another keeper has the right to open it, and never does.
    private async Task Shut(int shard)
    {
        await OpenGate.HeldByAnother(redis.Connection, shard);
        await redis.Database.HashDeleteAsync(PacketKeys.Meta(shard), MetaFields.Run);
    }

    private async Task ShutShard0(Service service)
    {
        await Shut(0);
        await Eventually.Holds(() => !service.Of<ShardGate>().IsOpen(0));
    }

    private static Task Settled(Service service, string packet, int transfers) => Eventually.Holds(async () =>
    {
        await using var db = await service.OpenLedger();
        return await db.Transfers.CountAsync(row => db.Packets.Any(p => p.PacketId == packet && p.Number == row.Packet)) == transfers;
    });

    private static HttpClient Client(Service service)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(new Tokens().Bearer("alice"));
        return client;
    }

    private static async Task<(HttpStatusCode Status, string Gate)> Ready(Service service)
    {
        using var client = Client(service);
        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Stop);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        return (answer.StatusCode, body.RootElement.GetProperty("parts").GetProperty("gate").ToString());
    }
}
