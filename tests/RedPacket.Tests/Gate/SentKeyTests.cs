using System.Globalization;
using RedPacket.Gate;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>One Idempotency-Key makes one packet, whatever Redis forgets and however many shards there are.</summary>
[Needs("servers")]
public abstract partial class SentKeyTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private const string Other = """{"kind":"lucky","amountFen":600,"count":5}""";

    [Fact]
    public async Task KeyLost_ThoughItsPacketAgrees_IsRestoredByTheNextOpening()
    {
        await using var service = await Service.Start(redis, postgres);
        var first = await Send(service, "a");
        await service.Settles();
        await redis.Database.KeyDeleteAsync(KeyOf(0, "a"));

        await Reopen(service, 0);

        Assert.Equal(first with { Replayed = true }, await Send(service, "a"));
        Assert.InRange((await redis.Database.KeyTimeToLiveAsync(KeyOf(0, "a")))!.Value.TotalDays, 6.9, 7);
    }

    [Fact]
    public async Task KeyThatHasExpired_MakesANewPacket_AlsoWhilePacketsAreCompared()
    {
        await using var service = await Service.Start(redis, postgres);
        var (first, old) = ((await Send(service, "a")).Answer!.PacketId, (await Send(service, "b")).Answer!.PacketId);
        await service.Settles();
        service.Ledger.Execute("UPDATE transfers SET granted_at = granted_at - 8 * 86400000 WHERE packet = "
            + $"(SELECT number FROM packets WHERE packet_id = '{old}')");
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        await redis.Database.KeyDeleteAsync([KeyOf(0, "a"), KeyOf(0, "b")]);
        await OpenGate.Again(service, redis, Stop);

        Assert.Equal((first, true), await Send(service, "a") is var again ? (again.Answer!.PacketId, again.Replayed) : default);
        Assert.NotEqual(old, (await Send(service, "b")).Answer!.PacketId);
    }

    [Fact]
    public async Task RunChangedBetweenFlushAndCall_TheRestoredKeyHolds()
    {
        await using var service = await Service.Start(redis, postgres);
        var first = (await Send(service, "a")).Answer!;
        await service.Settles();
        await redis.Flush();
        await service.Opens();

        // A process that was stopped before its call, and wakes now.
        var late = await service.Packets.Create(PacketId.New(0, DateTimeOffset.UnixEpoch), 1, 500, Terms("a"));

        Assert.Equal((CreateStatus.Exists, first.PacketId), (late.Status, late.Claim!.PacketId));
    }

    [Fact]
    public async Task HomeShutAfterAFlush_NothingIsMadeElsewhere()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);
        var key = KeyWithHome(1, shards: 2);
        var first = await Send(service, key);
        Assert.StartsWith("1-", first.Answer!.PacketId, StringComparison.Ordinal);
        await service.Settles();
        // Another opener holds shard 1, and everything else is gone.
        await OpenGate.HeldByAnother(redis.Connection, 1);
        await redis.Database.KeyDeleteAsync([.. redis.Server.Keys(pattern: "*").Where(each => each != PacketKeys.Opener(1))]);
        await redis.Server.ScriptFlushAsync();
        await Eventually.Holds(async () => await service.Of<ShardGate>().Look(0) is { IsWalked: false }, what: "shard 0 opens");

        var refused = await Assert.ThrowsAsync<OutageException>(() => Send(service, key));
        Assert.Equal(Outage.Gate, refused.Outage);
        await redis.Database.KeyDeleteAsync(PacketKeys.Opener(1));
        await IsOpen(service, 1);

        Assert.Equal(first with { Replayed = true }, await Send(service, key));
    }

    [Fact]
    public async Task ArchivedPacket_IsAnsweredFromTheLedger_AlsoAfterAFlush()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var first = await Send(service, "a");
        var packet = first.Answer!.PacketId;
        await Task.WhenAll(Enumerable.Range(0, 5).Select(user => service.Grabs.Grab(0, packet, $"user{user}")));
        await Eventually.Holds(async () => await service.Packets.Find(packet) is null, what: "the packet is archived");

        Assert.Equal(first with { Replayed = true }, await Send(service, "a"));
        Assert.Equal("key_reused", (await Send(service, "a", Other)).Refusal);
        await redis.Flush();
        await service.Opens();

        Assert.Equal(first with { Replayed = true }, await Send(service, "a"));
        Assert.Equal(0, await redis.Database.KeyExistsAsync(PacketKeys.Packet(0, packet)) ? 1 : 0);
        Assert.Equal(1, (await service.Settles()).Packets!.Emptied);
    }

    [Fact]
    public async Task RedisOfAnEarlierProgram_IsTakenOver()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=2");
        await IsOpen(service, 1);
        // Its packets lie in any shard, and its keys in none.
        var key = KeyWithHome(1, shards: 2);
        var made = (await service.Packets.Create(PacketId.New(0, TimeProvider.System.GetUtcNow()), 2, 500, Terms(key))).Packet!;
        var unsharded = PacketKeys.UnshardedKey(Terms(key).Key);
        await redis.Database.KeyRenameAsync(KeyOf(0, key), unsharded);
        var neverMade = new KeyClaim(PacketId.New(0, DateTimeOffset.UnixEpoch), "content").ToString();
        await redis.Database.StringSetAsync(PacketKeys.UnshardedKey(Terms("never made").Key), neverMade);

        Assert.Equal(made.Id, (await Send(service, key)).Answer!.PacketId);
        Assert.False((await Send(service, "never made")).Replayed);
        await service.Settles();
        await Reopen(service, 0);
        await redis.Database.KeyDeleteAsync(unsharded);

        var again = await Send(service, key);
        Assert.Equal((made.Id, true), (again.Answer!.PacketId, again.Replayed));
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync(PacketKeys.Made(1)));
    }

    [Fact]
    public async Task ShardsRaised_WhileProcessesThatKnowFewerStillSend_EachKeyHasOnePacket()
    {
        await using var service = await Service.Start(redis, postgres);
        var (old, fresh) = (new Process(service, 1), new Process(service, 4));
        string[] early = [.. Enumerable.Range(0, 40).Select(i => $"early {i}")];
        string[] late = [.. Enumerable.Range(0, 40).Select(i => $"late {i}")];
        var before = await Task.WhenAll(early.Select(key => old.Send(key)));
        await Shards.Add(redis.Database, 1, 2, 3);
        await Task.WhenAll(Enumerable.Range(1, 3).Select(shard => IsOpen(service, shard)));

        var after = await Task.WhenAll(early.Select(key => fresh.Send(key)));
        var both = await Task.WhenAll(late.SelectMany(key => new[] { old.Send(key), fresh.Send(key) }));

        Assert.Equal(before, after);
        Assert.All(both.Chunk(2), pair => Assert.Equal(pair[0], pair[1]));
        Assert.Contains(both, id => !id.StartsWith("0-", StringComparison.Ordinal));
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(shard => redis.Database.SortedSetLengthAsync(PacketKeys.Made(shard))));
        Assert.Equal(80, made.Sum());
    }

    [Fact]
    public async Task NumberOfShards_OutlivesAFlush()
    {
        await using var service = await Service.Start(redis, postgres);
        await Send(service, "a");
        await Shards.Add(redis.Database, 1, 2);
        await IsOpen(service, 2);
        await service.Settles();

        await redis.Flush();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(shard => IsOpen(service, shard)));

        Assert.Equal("3", await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Generation));
        var moved = await service.Packets.Create(PacketId.New(0, DateTimeOffset.UnixEpoch), 1, 500, Terms("b"));
        Assert.Equal((CreateStatus.Moved, 3), (moved.Status, moved.Shards));
    }

    [Fact]
    public async Task FormerHomeShut_TheSendWaits_OnlyWhileTheNewShardIsYoung()
    {
        await using var service = await Service.Start(redis, postgres);
        await Send(service, "a");
        await Shards.Add(redis.Database, 1);
        await IsOpen(service, 1);
        var process = new Process(service, 2);
        await OpenGate.HeldByAnother(redis.Connection, 0);
        await redis.Database.HashDeleteAsync(PacketKeys.Meta(0), MetaFields.Run);

        await Assert.ThrowsAsync<OutageException>(() => process.Send(KeyWithHome(1, shards: 2)));
        await redis.Database.HashSetAsync(PacketKeys.Meta(1), MetaFields.Born, 1);

        Assert.StartsWith("1-", await process.Send(KeyWithHome(1, shards: 2)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HouseInWhichNothingWasSent_HasNoFormerHomes()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Shards=3");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(shard => IsOpen(service, shard)));

        foreach (var shard in Enumerable.Range(0, 3))
            Assert.Equal("0", await redis.Database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Born));
    }

    private static Task<SendCall> Send(Service service, string key, string body = SendCall.Body) =>
        SendCall.Post(service.Of<SendEndpoint>(), key, body);

    private static Task IsOpen(Service service, int shard) =>
        Eventually.Holds(async () => await service.Of<ShardGate>().Look(shard) is { IsWalked: false }, what: $"shard {shard} opens");

    private async Task Reopen(Service service, int shard)
    {
        var run = await redis.Database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Run);
        await redis.Database.HashDeleteAsync(PacketKeys.Meta(shard), MetaFields.Run);
        await Eventually.Holds(async () =>
            await redis.Database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Run) is { IsNull: false } next && next != run);
        await IsOpen(service, shard);
    }

    private static RedisKey KeyOf(int shard, string key) => PacketKeys.Key(shard, Terms(key).Key);

    private static string KeyWithHome(int home, int shards) => Enumerable.Range(0, 1000)
        .Select(i => i.ToString(CultureInfo.InvariantCulture)).First(key => KeyHomes.Of(Terms(key).Key, shards) == home);

    private static PacketTerms Terms(string key) =>
        new("anna", "lucky", 5, "", 86_400, "line-cutting", "000000000000002a", PacketTerms.KeyHash("anna", key));

    /// <summary>A process that sends, and knows its number of shards.</summary>
    private sealed class Process
    {
        private readonly Service _service;
        private readonly KeyHomes _homes = new();

        public Process(Service service, int shards)
        {
            _service = service;
            _homes.Learn(shards);
        }

        /// <summary>Sends until the number of shards is the right one. Returns the packet that the key names.</summary>
        public async Task<string> Send(string key)
        {
            while (true)
            {
                var (terms, known) = (Terms(key), _homes.Shards);
                var packetId = PacketId.New(KeyHomes.Of(terms.Key, known), TimeProvider.System.GetUtcNow());
                var outcome = await _service.Packets.Create(packetId, known, 500, terms);
                if (outcome.Status != CreateStatus.Moved)
                    return outcome.Packet?.Id ?? outcome.Claim!.PacketId;
                _homes.Learn(outcome.Shards);
            }
        }
    }
}

public sealed class SentKeyOnSqliteTests(RedisFixture redis) : SentKeyTests(redis, null);

public sealed class SentKeyOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SentKeyTests(redis, postgres);
