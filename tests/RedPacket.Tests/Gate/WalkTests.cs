using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>
/// A gate opens before its packets are compared, and each packet moves money once it was (PROTOCOL 4.6 to 4.8).
/// </summary>
[Needs("servers")]
public abstract partial class WalkTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const int Packets = 450;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpeningComparesNoPacket_AndTheWalkComparesAll()
    {
        await using var service = await Service.Start(redis, postgres);
        var packets = await SendMany(service);
        await service.Settles();
        await Reopen(service);

        var run = (await service.Of<ShardGate>().Look(0))!;
        Assert.True(run.IsWalked);
        Assert.DoesNotContain(run.Id, await Runs(packets));
        await service.Of<ShardWalk>().Run(0, Stop);

        Assert.False((await service.Of<ShardGate>().Look(0))!.IsWalked);
        Assert.All(await Runs(packets), each => Assert.Equal(run.Id, each));
        Assert.Equal(GrabStatus.Won, (await service.Grabs.Grab(0, packets[^1], "alice")).Status);
        await service.Settles();
    }

    [Fact]
    public async Task GrabDuringTheWalk_WaitsForItsPacket_AndHasTheShareThatOnlyTheLedgerKnows()
    {
        await using var service = await Service.Start(redis, postgres, "--Grabs:HoldFor=00:00:30");
        var packets = await SendMany(service);
        var won = await service.Grabs.Grab(0, packets[7], "alice");
        await service.Settles();
        await redis.Database.HashDeleteAsync(PacketKeys.Packet(0, packets[7]), ["u:alice", "o:1"]);
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, packets[7]), [new("next", 1), new("left", 1000), new("sum", 0)]);
        await redis.Database.KeyDeleteAsync(PacketKeys.Packet(0, packets[8]));
        await Reopen(service);

        var grabs = new[] { (7, "alice"), (7, "bob"), (8, "alice") }
            .Select(grab => service.Grabs.Grab(0, packets[grab.Item1], grab.Item2)).ToArray();
        await Eventually.Holds(async () => await redis.Database.SortedSetLengthAsync(PacketKeys.Wanted(0)) == 2);
        Assert.All(grabs, grab => Assert.False(grab.IsCompleted));
        var walk = service.Of<ShardWalk>().Run(0, Stop);

        var answers = await Task.WhenAll(grabs);
        Assert.Equal(won with { Status = GrabStatus.Again }, answers[0]);
        Assert.Equal((GrabStatus.Won, 2), (answers[1].Status, answers[1].Ordinal));
        Assert.Equal((GrabStatus.Won, 1), (answers[2].Status, answers[2].Ordinal));
        await walk;
        await service.Settles();
    }

    [Fact]
    public async Task ReportDuringTheWalk_SaysHowFarItIs_AndNothingIsWrong()
    {
        await using var service = await Service.Start(redis, postgres);
        await SendMany(service);
        await service.Settles();
        await Reopen(service);

        var report = await service.Of<RedPacket.Reports.ReportBuilder>().Build(new RedPacket.Reports.ReportRequest(), Stop);

        Assert.Equal("CONVERGING", report.Verdict);
        Assert.Contains(report.Unread, unread => unread.Reason.Contains($"0 of {Packets}", StringComparison.Ordinal));
        await service.Of<ShardWalk>().Run(0, Stop);
        await service.Settles();
    }

    [Fact]
    public async Task ReportOfOnePacketBeforeItWasCompared_CallsNothingWrong()
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 10);
        await service.Grabs.Grab(0, packet, "alice");
        await service.Settles();
        // Redis has forgotten the share that the ledger has.
        await redis.Database.HashDeleteAsync(PacketKeys.Packet(0, packet), ["u:alice", "o:1", "best"]);
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, packet), [new("next", 1), new("left", 1000), new("sum", 0)]);
        await Reopen(service);
        Task<RedPacket.Reports.ConsistencyReport> Report() => service.Of<RedPacket.Reports.ReportBuilder>()
            .Build(new RedPacket.Reports.ReportRequest { PacketId = packet }, Stop);

        var before = await Report();
        await service.Of<ShardWalk>().Run(0, Stop);

        Assert.Equal("CONVERGING", before.Verdict);
        Assert.Contains(before.Unread, unread => unread.Reason.Contains("0 of 1", StringComparison.Ordinal));
        Assert.Equal("CONSISTENT", (await Report()).Verdict);
    }

    [Fact]
    public async Task KeyOfAnotherType_StopsNoOtherPacket_AndTheWalkMakesTheRightOneAgain()
    {
        await using var service = await Service.Start(redis, postgres);
        var (lost, whole) = (await service.Send(1000, 10), await service.Send(1000, 10));
        var won = await service.Grabs.Grab(0, lost, "alice");
        await service.Settles();
        await redis.Database.StringSetAsync(PacketKeys.Packet(0, lost), "no packet");
        await redis.Database.KeyDeleteAsync(PacketKeys.Shares(0, whole));
        await redis.Database.HashSetAsync(PacketKeys.Shares(0, whole), "no", "shares");

        var report = await service.Of<RedPacket.Reports.ReportBuilder>().Build(new RedPacket.Reports.ReportRequest(), Stop);
        await Reopen(service);
        await service.Of<ShardWalk>().Run(0, Stop);

        Assert.Equal("INCONSISTENT", report.Verdict);
        Assert.Empty(report.Unread);
        Assert.False((await service.Of<ShardGate>().Look(0))!.IsWalked);
        Assert.Equal(won with { Status = GrabStatus.Again }, await service.Grabs.Grab(0, lost, "alice"));
        Assert.Equal(GrabStatus.Won, (await service.Grabs.Grab(0, whole, "alice")).Status);
        await service.Settles();
    }

    [Fact]
    public async Task EntryOfTheFormerRun_IsRecordedUpToTheBorder_AndStaleBeyondIt()
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 10);
        await service.Settles();
        var journal = service.Of<Journal>();
        Assert.True(await journal.BeginRun(1, null, "former", 100, new RunBorder("", 0), Stop));
        Assert.True(await journal.BeginRun(1, "former", "present", 300, new RunBorder("former", 101), Stop));

        Assert.Equal(RecordOutcome.Inserted, await Record(journal, packet, 1, 101, "former"));
        Assert.Equal(RecordOutcome.StaleRun, await Record(journal, packet, 2, 102, "former"));
        Assert.Equal(RecordOutcome.StaleRun, await Record(journal, packet, 2, 90, "an older one"));
        Assert.Equal(RecordOutcome.Inserted, await Record(journal, packet, 2, 302, "present"));
        Assert.True(await journal.BeginRun(1, "present", "next", 500, new RunBorder("present", 303), Stop));
        Assert.Equal(RecordOutcome.StaleRun, await Record(journal, packet, 3, 101, "former"));
    }

    [Fact]
    public async Task OpeningOfAWholeRedis_HasTheBorderAtItsLastNumber()
    {
        await using var service = await Service.Start(redis, postgres);
        await service.Send(1000, 10);
        await service.Settles();
        var before = (await service.Of<ShardGate>().Look(0))!;

        await redis.ChangeReplicationId();
        await service.Opens();

        await using var db = await service.OpenLedger();
        var shard = db.Shards.Single(shard => shard.Shard == 0);
        Assert.Equal((before.Id, before.HighestSeq), (shard.BorderRun, shard.BorderSeq));
    }

    [Fact]
    public async Task LineThatOnlyRedisHad_IsParked_AlsoWhileTheLedgersRunIsEnded()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packet = await service.Send(1000, 10);
        await service.Settles();
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        await service.Of<Journal>().Execute(transaction => transaction.Execute("UPDATE shards SET run = '' WHERE shard = 0"), Stop);
        var paid = new Entry(EntryKind.Grab, packet, 1, "alice", 5, 1_790_000_000_000).ToString();
        await redis.Database.HashSetAsync(PacketKeys.Held(0), packet, paid);

        await service.Of<CorrectedShares>().Park(0, Stop);

        await using var db = await service.OpenLedger();
        Assert.Equal([paid], db.Parked.Select(parked => parked.Payload));
        Assert.DoesNotContain(EntryKind.Grab, db.Transfers.Select(transfer => transfer.Kind));
    }

    private static async Task<RecordOutcome> Record(Journal journal, string packet, int ordinal, long seq, string run)
    {
        var line = new Entry(EntryKind.Grab, packet, ordinal, $"user{ordinal}", 5, 1_790_000_000_000).ToString();
        return (await journal.Enqueue(new Chunk(1, [ChunkLine.Read(line)], seq, 1, null, Slow: true, Run: run), Stop))[0];
    }

    private static async Task<string[]> SendMany(Service service) =>
        await Task.WhenAll(Enumerable.Range(0, Packets).Select(_ => service.Send(1000, 10)));

    private Task Reopen(Service service) => OpenGate.Again(service, redis, Stop);

    private async Task<string?[]> Runs(string[] packets) => await Task.WhenAll(packets.Select(async packet =>
        (string?)await redis.Database.HashGetAsync(PacketKeys.Packet(0, packet), PacketFields.Run)));
}

public sealed class WalkOnSqliteTests(RedisFixture redis) : WalkTests(redis, null);

public sealed class WalkOnPostgresTests(RedisFixture redis, SharedPostgres postgres)
    : WalkTests(redis, postgres), IClassFixture<SharedPostgres>;
