using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>More shards come into force without a restart, when all of them can take part.</summary>
[Needs("servers")]
public abstract class RaiseTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raised_NewPacketsSpread_AndRepeatedKeysFindTheirPackets()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var before = await SendAll(service, "before");

        await Raise(service, 1, 4);

        await Eventually.Holds(() => service.Of<KeyHomes>().Shards == 4, what: "the process knows four shards");
        var after = await SendAll(service, "after");
        Assert.Equal(before, await SendAll(service, "before"));
        Assert.Equal(["0", "1", "2", "3"], after.Select(id => id[..1]).Distinct().Order());
        // Relay, settlement, closing and archiving follow.
        await service.Settles();
        foreach (var packet in after)
            await service.Expires(packet);
        await Eventually.Holds(async () =>
            (await Task.WhenAll(after.Select(id => service.Packets.Find(id)))).All(packet => packet is null), what: "all are archived");
        Assert.Equal("CONSISTENT", (await service.Settles()).Verdict);
    }

    [Fact]
    public async Task NewShard_HasNothingToCompare_AndTheReportReadsItFromItsFirstMoment()
    {
        await using var service = await Service.Start(redis, postgres);
        await service.Send(1000, 10);
        await service.Settles();
        await service.Hosted<GateKeeper>().StopAsync(Stop);

        await Raise(service, 1, 2);
        await IsOpen(service, 1);

        Assert.False((await service.Of<ShardGate>().Look(1))!.IsWalked);
    }

    [Fact]
    public async Task ShardAway_TheRaiseWaitsAndSaysWhy_AndNothingIsRefusedForIt()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);
        await using var away = await ShardAway.Begin(redis);

        await Raise(service, 2, 3);
        await Eventually.Holds(() => service.Of<ShardCountKeeper>().WaitsFor?.Contains("shard 0", StringComparison.Ordinal) == true);
        Assert.Equal("2", await away.Database.HashGetAsync(PacketKeys.Meta(1), MetaFields.Generation));
        Assert.False(await away.Database.KeyExistsAsync(PacketKeys.Meta(2)));
        await away.End();

        await IsOpen(service, 2);
        await Eventually.Holds(() => service.Of<ShardCountKeeper>().WaitsFor is null);
        Assert.Equal("3", await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Generation));
    }

    [Fact]
    public async Task ShardThatOpensWhileARaiseWaits_LearnsNothingOfIt_AndTakesSends()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);
        await using var away = await ShardAway.Begin(redis);
        await Raise(service, 2, 3);
        await Eventually.Holds(() => service.Of<ShardCountKeeper>().WaitsFor?.Contains("shard 0", StringComparison.Ordinal) == true);

        await away.Database.HashDeleteAsync(PacketKeys.Meta(1), [MetaFields.Run, MetaFields.Generation]);
        await IsOpen(service, 1);

        Assert.Equal("2", await away.Database.HashGetAsync(PacketKeys.Meta(1), MetaFields.Generation));
        var terms = new PacketTerms("anna", "lucky", 5, "", 600, "line-cutting", "000000000000002a", PacketTerms.KeyHash("anna", "a"));
        var sent = await service.Packets.Create(PacketId.New(1, TimeProvider.System.GetUtcNow()), 2, 500, terms);
        Assert.Equal(CreateStatus.Made, sent.Status);
    }

    [Fact]
    public async Task LedgerOfFewerShards_LearnsThoseThatRedisHasUsed()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);
        // As a ledger that was restored from a backup of before the raise.
        await service.Of<Journal>().Execute(transaction =>
        {
            transaction.Execute("UPDATE house SET shards = 1");
            transaction.Execute("DELETE FROM shards WHERE shard = 1");
        }, Stop);

        await Eventually.Holds(async () => (await service.Of<LedgerReader>().House(Stop))!.Wanted == 2);
        await IsOpen(service, 1);
    }

    [Fact]
    public async Task SettingOfAHouseThatExists_ChangesNothing()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);

        await service.Of<HouseRecord>().AtLeast(1, Stop);

        Assert.False(await service.Of<HouseRecord>().Raise(new Actor("op"), 1, 3, Stop));
        Assert.Equal(2, (await service.Of<LedgerReader>().House(Stop))!.Wanted);
    }

    private static async Task Raise(Service service, int seen, int shards) =>
        Assert.True(await service.Of<HouseRecord>().Raise(new Actor("op"), seen, shards, Stop));

    private static async Task<string[]> SendAll(Service service, string name)
    {
        var calls = Enumerable.Range(0, 30).Select(i => SendCall.Post(
            service.Of<SendEndpoint>(), string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"), SendCall.Body));
        return [.. (await Task.WhenAll(calls)).Select(call => call.Answer!.PacketId)];
    }

    private static Task IsOpen(Service service, int shard) =>
        Eventually.Holds(async () => await service.Of<ShardGate>().Look(shard) is not null, what: $"shard {shard} opens");
}

public sealed class RaiseOnSqliteTests(RedisFixture redis) : RaiseTests(redis, null);

public sealed class RaiseOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : RaiseTests(redis, postgres);
