using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RedPacket.Drills.Run;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Operations;

/// <summary>At its memory limit Redis takes no send and no grab, and all goes on that frees memory.</summary>
[Needs("servers")]
public sealed class MemoryLimitTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MemoryFull_TheOutboxDrains_GatesOpen_AndPacketsAreClosedAndArchived()
    {
        await using var service = await Service.Start(redis, null, "--Packets:Retain=00:00:01");
        using var held = new ManualResetEventSlim();
        var holding = service.Of<Journal>().Execute(_ => held.Wait(Stop), Stop);
        var packet = await service.Send(1000, 10);
        var won = await service.Grabs.Grab(0, packet, "alice");
        await SetLimit(1);
        try
        {
            var (status, body) = await Post(service, "/api/v1/packets", """{"kind":"lucky","amountFen":100,"count":2}""");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains("store_unavailable", body, StringComparison.Ordinal);
            Assert.Contains("out of memory", body, StringComparison.Ordinal);
            (status, body) = await Post(service, $"/api/v1/packets/{packet}/grabs", null);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (status, body.Contains("out of memory", StringComparison.Ordinal)));
            var again = await service.Grabs.Grab(0, packet, "alice");
            Assert.Equal((GrabStatus.Again, won.AmountFen), (again.Status, again.AmountFen));

            // Its relay dies with its lease, and the gate has to open anew, with the keys of its packets.
            var run = await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run);
            await redis.Database.KeyDeleteAsync(PacketKeys.RelayLease(0));
            var keys = redis.Server.Keys(pattern: "{0}:k:*").ToArray();
            Assert.Equal(1, await redis.Database.KeyDeleteAsync(keys));
            held.Set();
            await holding;
            await Eventually.Holds(
                async () => await redis.Database.SortedSetLengthAsync(PacketKeys.Out(0)) == 0, what: "the outbox drains");
            await redis.Database.HashDeleteAsync(PacketKeys.Meta(0), MetaFields.Run);
            await Eventually.Holds(async () =>
                await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run) is { IsNull: false } next && next != run);

            await Eventually.Holds(() => redis.Database.KeyExistsAsync(keys[0]), what: "the walk brings the key back");
            await Eventually.Holds(() => redis.Database.KeyExistsAsync(PacketKeys.RelayLease(0)), what: "a relay has the lease");
            await Expire(packet);
            await Eventually.Holds(async () => await service.Packets.Find(packet) is null, what: "the packet is closed and archived");
        }
        finally
        {
            held.Set();
            await SetLimit(0);
        }
        await service.Send(1000, 10);
        await service.Settles();
    }

    [Fact]
    public async Task FourFifthsOfTheLimit_AreNamedByReadinessInfoAndMetrics()
    {
        await using var service = await Service.Start(redis, null);
        // In small pieces, because the buffer of a large one would count for a moment.
        for (var piece = 0; piece < 400; piece++)
            await redis.Database.StringSetAsync($"filler {piece}", new byte[100_000]);
        var used = long.Parse((await redis.Server.InfoAsync("memory"))[0].Single(pair => pair.Key == "used_memory").Value,
            System.Globalization.CultureInfo.InvariantCulture);
        await SetLimit(used * 100 / 85);
        try
        {
            var ready = await Eventually.Yields(
                () => Get(service, "/health/ready"), answer => answer.Body.Contains(" % of its memory limit", StringComparison.Ordinal));

            Assert.Equal(HttpStatusCode.OK, ready.Status);
            Assert.Contains("degraded", ready.Body, StringComparison.Ordinal);
            Assert.Contains(" % of its memory limit", (await Get(service, "/api/v1/info")).Body, StringComparison.Ordinal);
            Assert.Matches(@"redpacket_store_memory\{[^}]*\} 0\.8\d", (await Get(service, "/metrics")).Body);
        }
        finally
        {
            await SetLimit(0);
        }
    }

    // As a script may do it at the limit: its first write needs no memory.
    private Task<RedisResult> Expire(string packet) => redis.Database.ScriptEvaluateAsync(
        """
        redis.call('HDEL', KEYS[1], '')
        redis.call('HSET', KEYS[1], 'expiry', '1')
        redis.call('ZADD', KEYS[2], '1', ARGV[1])
        """, [PacketKeys.Packet(0, packet), PacketKeys.Live(0)], [packet]);

    private Task SetLimit(long bytes) => redis.Server.ConfigSetAsync("maxmemory", bytes);

    private static async Task<(HttpStatusCode Status, string Body)> Get(Service service, string path)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{service.Port}{path}"), Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<(HttpStatusCode Status, string Body)> Post(Service service, string path, string? body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{service.Port}{path}"));
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(new Tokens().Bearer("bob"));
        if (body is not null)
        {
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        using var answer = await client.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }
}
