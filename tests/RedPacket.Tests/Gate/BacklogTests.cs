using Microsoft.EntityFrameworkCore;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>A gate that opens while much is still to be recorded, or has to be paid.</summary>
[Needs("servers")]
public abstract class BacklogTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const int Packets = 60;
    private const int Users = 5;
    private static readonly Actor s_operator = new("olga");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NothingWasLost_NothingIsRebuilt_AndTheBacklogIsRecordedWithoutAQuestion()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packets = await Task.WhenAll(Enumerable.Range(0, Packets).Select(_ => service.Send(1000, 10)));
        await service.Settles();
        await service.Of<HouseRecord>().Pause(s_operator, "a backlog", Stop);
        await Eventually.Holds(() => service.Of<Journal>().State.Pause is not null, what: "settlement is paused");
        await Task.WhenAll(packets.SelectMany(packet => Enumerable.Range(0, Users).Select(user =>
            service.Grabs.Grab(0, packet, $"user{user}"))));
        await Eventually.Holds(
            () => service.Of<RelayStatus>().Shards.Sum(shard => shard.Entries) == Packets * Users, what: "settlement has all entries");
        // It would send them again, under the new run.
        await service.Hosted<Relay>().StopAsync(Stop);

        await OpenGate.Again(service, redis, Stop);
        await service.Of<ShardWalk>().Run(0, Stop);
        // This packet cannot say any more what was granted.
        await redis.Database.KeyDeleteAsync(PacketKeys.Packet(0, packets[0]));
        await service.Of<HouseRecord>().Resume(s_operator, Stop);

        await Eventually.Holds(
            () => service.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 2") == Packets * Users, what: "the ledger has all");
        Assert.Equal(0, service.Ledger.Number("SELECT count(*) FROM parked"));
        await using var db = await service.OpenLedger();
        var opened = await db.Audits.Where(audit => audit.Action == AuditTrail.GateOpened).OrderByDescending(audit => audit.Id)
            .FirstAsync(Stop);
        var gate = AuditTrail.Read(opened.Detail).Gate!;
        Assert.Equal((Packets, 0, 0), (gate.Packets, gate.Rebuilt, gate.PutBack));
    }

    // A script takes fewer values than these shares have together.
    [Fact]
    public async Task ThousandsOfSharesThatCorrectionsPaid_AreWrittenIntoTheirPacketAgain()
    {
        const int shares = 4_500;
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:Repair=false");
        var packet = await service.Send(10_000, shares);
        var granted = await Task.WhenAll(Enumerable.Range(0, shares).Select(user => service.Grabs.Grab(0, packet, $"user{user}")));
        await service.Settles();
        var lost = granted.Select((grab, user) =>
            new Entry(EntryKind.Grab, packet, grab.Ordinal, $"lost{user}", grab.AmountFen, grab.GrantedAt)).ToList();
        foreach (var some in lost.Chunk(500))
        {
            var lines = some.Select(entry => ChunkLine.Read(entry.ToString())).ToList();
            var outcomes = await service.Of<Journal>().Enqueue(new Chunk(0, lines, 0, 1, null, Slow: true, Run: Chunk.LostRun), Stop);
            Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Parked, outcome));
        }
        await service.Of<Journal>().Execute(transaction => transaction.Execute(
            $"UPDATE parked SET resolved_at = 1, resolution = '{Resolution.Paid}'"), Stop);

        await redis.Flush();
        await service.Opens();

        var again = await Task.WhenAll(lost.Select(entry => service.Grabs.Grab(0, packet, entry.UserId)));
        Assert.Equal(granted.Select(grab => grab with { Status = GrabStatus.Again }), again);
        var held = (string)(await redis.Database.HashGetAsync(PacketKeys.Held(0), packet))!;
        Assert.Equal(lost.Select(entry => entry.ToString()).ToHashSet(), held.Split('\n').ToHashSet());
    }
}

public sealed class BacklogOnSqliteTests(RedisFixture redis) : BacklogTests(redis, null);

public sealed class BacklogOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : BacklogTests(redis, postgres);
