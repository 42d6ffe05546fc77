using Microsoft.EntityFrameworkCore;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Settlement;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

/// <summary>
/// The ledger records what the open run grants, and no other: where the two do not agree, the gate compares once more.
/// </summary>
[Needs("servers")]
public abstract class RunTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task LedgerOfAnotherRun_IsComparedOnceMore()
    {
        await using var service = await Service.Start(redis, postgres);
        await service.Send(1000, 10);
        await service.Settles();
        // As a ledger that was restored, or one that has met a fund which Redis had forgotten.
        await service.Of<Journal>().Execute(
            transaction => transaction.Execute("UPDATE shards SET run = ''"), TestContext.Current.CancellationToken);

        await Eventually.Holds(async () => await LedgerRun(service) is { Length: > 0 } run
            && run == (string?)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run"));
        await service.Opens();
        var packet = await service.Send(1000, 10);
        await service.Grabs.Grab(0, packet, "alice");
        Assert.Equal(1, (await service.Settles()).Claims.Settled);
    }

    [Fact]
    public async Task FundThatComesLate_BringsItsPacketBack_AndItsWinnersArePaid()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:00:00.2");
        await service.Settles();
        var packet = PacketId.New(0, TimeProvider.System.GetUtcNow());
        var fund = new Entry(EntryKind.Fund, packet, 0, "sender", 1000, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            """{"sender":"sender","kind":"lucky","count":10,"greeting":"","expiresIn":86400,"split":"line-cutting","""
                + "\"seed\":\"0123456789abcdef\",\"key\":\"k\"}");
        var grab = fund with { Kind = EntryKind.Grab, Ordinal = 1, UserId = "alice", AmountFen = 7, Terms = null };

        await service.Of<Settler>().Settle(new TransfersAccepted
        {
            Shard = 0,
            Run = "lost",
            Seqs = [2, 4],
            Entries = [fund.ToString(), grab.ToString()],
            PublishedAt = TimeProvider.System.GetUtcNow(),
        }, slow: false, TestContext.Current.CancellationToken);

        await Eventually.Holds(async () => await service.Packets.Find(packet) is not null);
        var report = await service.Settles();
        Assert.Equal((1000, 7), (report.Money.FundedFen, report.AdjustedFen));
        var again = await service.Grabs.Grab(0, packet, "alice");
        Assert.Equal((GrabStatus.Again, 1, 7), (again.Status, again.Ordinal, again.AmountFen));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("""{"sender":"s","kind":"lucky","count":10,"greeting":"","expiresIn":86400,"split":"unheard-of","seed":"00","key":"k"}""")]
    public async Task FundThatNoPacketCanBeMadeOf_IsNamed_AndTheGateOpensForTheOthers(string terms)
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = PacketId.New(0, TimeProvider.System.GetUtcNow());
        var line = ChunkLine.Read($"f {packet} 0 s 100 1790000000000 {terms}");
        var chunk = new Chunk(0, [line], 2, 1, null, Slow: true, Run: await LedgerRun(service));
        await service.Of<Journal>().Enqueue(chunk, TestContext.Current.CancellationToken);
        var other = await service.Send(1000, 10);
        await Eventually.Holds(async () => await IsRecorded(service, other));
        await redis.Flush();

        await service.Opens();

        Assert.NotNull(await service.Packets.Find(other));
        Assert.Contains(
            (await Report(service)).Differences,
            difference => difference.PacketId == packet && difference.Kind == "orphan_in_ledger");
    }

    [Fact]
    public async Task RunThatAnotherOpeningBegan_IsNotReplaced()
    {
        await using var service = await Service.Start(redis, postgres);
        var run = await LedgerRun(service);
        var journal = service.Of<Journal>();

        Assert.False(await journal.BeginRun(0, "an older run", "late", 0, new RunBorder("", 0), TestContext.Current.CancellationToken));
        Assert.False(await journal.BeginRun(0, null, "late", 0, new RunBorder("", 0), TestContext.Current.CancellationToken));
        Assert.Equal(run, await LedgerRun(service));
        Assert.True(await journal.BeginRun(1, null, "first", 0, new RunBorder("", 0), TestContext.Current.CancellationToken));
        Assert.True(await journal.BeginRun(1, "first", "second", 0, new RunBorder("", 0), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ShardThatOnlyAMessageNames_IsNotOpened_AndNoKeyLivesThere()
    {
        await using var service = await Service.Start(redis, postgres);
        var forged = new Entry(
            EntryKind.Grab, PacketId.New(7, DateTimeOffset.UnixEpoch), 1, "mallory", 5, 1_790_000_000_000).ToString();
        await service.Of<Settler>().Settle(
            new TransfersAccepted { Shard = 7, Run = "none", Seqs = [2], Entries = [forged], PublishedAt = DateTimeOffset.UnixEpoch },
            slow: false, TestContext.Current.CancellationToken);
        await redis.ChangeReplicationId();
        await service.Opens();

        Assert.False(await redis.Database.KeyExistsAsync(PacketKeys.Meta(7)));
        Assert.Equal(1, service.Of<KeyHomes>().Shards);
        await service.Send(1000, 4);
    }

    [Fact]
    public async Task NumberThatRedisNeverHandedOut_OpensTheGateAnew()
    {
        await using var service = await Service.Start(redis, postgres);
        await service.Send(1000, 4);
        await service.Settles();
        var run = await LedgerRun(service);

        // As a machine that was put back to a snapshot of its memory: nothing restarted.
        await redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Seq, 1);
        await Eventually.Holds(async () => await LedgerRun(service) != run, what: "a new run");
        await service.Opens();
    }

    private static async Task<bool> IsRecorded(Service service, string packet)
    {
        await using var db = await service.OpenLedger();
        return await db.Packets.AnyAsync(
            recorded => recorded.PacketId == packet && recorded.Terms != null, TestContext.Current.CancellationToken);
    }

    private static Task<ConsistencyReport> Report(Service service) =>
        service.Of<ReportBuilder>().Build(new ReportRequest(), TestContext.Current.CancellationToken);

    private static async Task<string?> LedgerRun(Service service)
    {
        await using var db = await service.OpenLedger();
        return await db.Shards
            .Where(shard => shard.Shard == 0)
            .Select(shard => shard.Run)
            .SingleAsync(TestContext.Current.CancellationToken);
    }
}

public sealed class RunOnSqliteTests(RedisFixture redis) : RunTests(redis, null);

public sealed class RunOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : RunTests(redis, postgres);
