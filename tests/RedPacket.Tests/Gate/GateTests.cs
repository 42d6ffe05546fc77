using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>
/// A Redis that comes back older than the ledger, or empty, grants nothing until it knows again what was granted.
/// </summary>
[Needs("servers")]
public abstract partial class GateTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task FlushedWhenQuiet_SamePacketsSameWinnersSameShares()
    {
        await using var service = await Service.Start(redis, postgres);
        var (half, emptied, expired) = (await service.Send(1000, 10), await service.Send(50, 5), await service.Send(700, 7, expiresIn: 1));
        var won = await GrabAll(service, half, 5);
        await GrabAll(service, emptied, 5);
        await Eventually.Holds(async () => (await service.Packets.Find(expired))!.State == "expired");
        await service.Settles();
        string[] ids = [half, emptied, expired];
        var before = await Whole(ids);

        await redis.Flush();
        await service.Opens();
        Assert.Equal(before, await Whole(ids));
        var again = await GrabAll(service, half, 5);
        Assert.Equal(won.Select(share => share with { Status = GrabStatus.Again }), again);
        Assert.Equal((GrabStatus.Won, 6), await service.Grabs.Grab(0, half, "late") is var late ? (late.Status, late.Ordinal) : default);
        await service.Settles();
    }

    [Fact]
    public async Task FlushedWithAnOlderSplitKey_SameShares_WhichTheLedgerDoesNotTell()
    {
        var (older, newer) = (new string('o', 32), new string('n', 32));
        await using var service = await Service.Start(redis, postgres, $"--Packets:SplitKeys:0={newer}", $"--Packets:SplitKeys:1={older}");
        var before = new SplitSeeds(Options.Create(new PacketsOptions { SplitKeys = [older] }));
        var packet = await service.Send(1000, 10, seed: before.New());
        var shares = (string)(await redis.Database.StringGetAsync(PacketKeys.Shares(0, packet)))!;
        await service.Settles();
        var terms = PacketTerms.Parse((await service.Packets.Find(packet))!.Terms);
        var told = Splits.LineCutting.Split(1000, 10, ulong.Parse(terms.Seed[^16..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.NotEqual(Splits.ToText(told), shares);

        await redis.Flush();
        await service.Opens();

        Assert.Equal(shares, await redis.Database.StringGetAsync(PacketKeys.Shares(0, packet)));
    }

    [Fact]
    public async Task PacketOlderThanTheLedger_GetsItsClaimsBack_AndNoShareIsGrantedTwice()
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 10);
        await GrabAll(service, packet, 3);
        var old = await redis.Database.KeyDumpAsync(PacketKeys.Packet(0, packet));
        var won = await GrabAll(service, packet, 6);
        await service.Settles();

        await redis.Database.KeyDeleteAsync(PacketKeys.Packet(0, packet));
        await redis.Database.KeyRestoreAsync(PacketKeys.Packet(0, packet), old!);
        await CloseGate();
        await service.Opens();
        Assert.Equal(won.Select(share => share with { Status = GrabStatus.Again }), await GrabAll(service, packet, 6));
        var next = await service.Grabs.Grab(0, packet, "next");
        Assert.Equal((GrabStatus.Won, 7), (next.Status, next.Ordinal));
        await service.Settles();
    }

    [Fact]
    public async Task ClaimThatLostItsEntry_IsPutBack_BeforeTheGateOpens()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");
        var packet = await service.Send(1000, 10);
        await service.Settles();
        // As after a crash between the packet's write and its entry: only the packet has the claim.
        var run = (string)(await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run"))!;
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, packet),
        [
            new("next", 2), new("left", 900), new("sum", (UserId.Check("alice") + 1) * 100L),
            new("u:alice", "1 100 1790000000000"), new("o:1", "alice"),
        ]);
        await CloseGate();
        await service.Opens();
        Assert.NotEqual(run, (string?)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run"));
        var report = await service.Settles();
        Assert.Equal((1, 100), (report.Claims.Settled, report.Money.SettledFen));
    }

    [Fact]
    public async Task EveryOpening_MovesSeqForward_WhateverRedisForgot()
    {
        await using var service = await Service.Start(redis, postgres);
        await service.Send(1000, 10);
        await service.Settles();
        var before = (long)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "seq");
        await redis.Flush();
        await service.Opens();
        Assert.True((long)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "seq") > before);
        await using var db = await service.OpenLedger();
        var seen = await db.Shards
            .Where(shard => shard.Shard == 0)
            .Select(shard => shard.HighestSeq)
            .SingleAsync(TestContext.Current.CancellationToken);
        Assert.True(2 * ((long)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "seq") + 1) > seen);
    }

    [Fact]
    public async Task OpenedAgainAndAgainWithinASecond_SeqGrowsAndStaysExact()
    {
        var highest = 0L;
        for (var i = 0; i < 6; i++)
        {
            await redis.Flush();
            var opening = new GateOpening(redis.Connection, 0, TimeProvider.System);
            Assert.True(await opening.Take());
            await opening.Begin(highest, fences: false);
            var next = 2 * ((long)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "seq") + 1);
            Assert.InRange(next, highest + 1, 2_000 * (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 2_000));
            highest = next;
        }
    }

    [Fact]
    public async Task OpenerThatWakesLate_ChangesNothing()
    {
        await redis.Flush();
        var late = new GateOpening(redis.Connection, 0, TimeProvider.System);
        Assert.True(await late.Take());
        await late.Begin(0, fences: false);
        await redis.Database.KeyDeleteAsync(PacketKeys.Opener(0));
        var other = new GateOpening(redis.Connection, 0, TimeProvider.System);
        Assert.True(await other.Take());
        await other.Begin(0, fences: false);
        await other.Open();
        var meta = await redis.Database.HashGetAllAsync(PacketKeys.Meta(0));
        await Assert.ThrowsAsync<OpeningLostException>(() => late.Begin(0, fences: true));
        var made = PacketId.New(0, DateTimeOffset.UnixEpoch);
        var additions = new PacketAdditions(made, [("state", "open")], ["f line"], "1", "1");
        await Assert.ThrowsAsync<OpeningLostException>(() => late.Rebuild(additions));
        await redis.Database.StringSetAsync(PacketKeys.Shares(0, "0-1"), "1");
        await redis.Database.SortedSetAddAsync(PacketKeys.Out(0), $"x {late.Token} live", 5);
        await Assert.ThrowsAsync<OpeningLostException>(() => late.Forget("0-1"));
        await Assert.ThrowsAsync<OpeningLostException>(() => late.WaitForFences(TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Equal(2, await redis.Database.KeyDeleteAsync([PacketKeys.Shares(0, "0-1"), PacketKeys.Out(0)]));
        await Assert.ThrowsAsync<OpeningLostException>(() => late.Open());
        Assert.Equal(meta, await redis.Database.HashGetAllAsync(PacketKeys.Meta(0)));
        Assert.Equal(1, await redis.Server.DatabaseSizeAsync());
    }

    [Fact]
    public async Task ShareGrantedAgainAfterALoss_TheRowStays_AndTheOtherIsCorrected()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:00:00.2");
        var packet = await service.Send(1000, 10);
        var won = (await GrabAll(service, packet, 2))[1];
        await service.Settles();
        // Redis forgot the second share, and granted it to another user before the ledger's row was known.
        // This happens after an opening whose queues were not empty.
        var fields = PacketKeys.Packet(0, packet);
        await redis.Database.HashDeleteAsync(fields, "u:user2");
        await redis.Database.HashSetAsync(fields, [new("o:2", "other"), new("u:other", $"2 {won.AmountFen} 1790000000000")]);
        await redis.Database.HashIncrementAsync(fields, "sum", (UserId.Check("other") - UserId.Check("user2")) * won.AmountFen);
        await CloseGate();
        await service.Opens();

        var again = await service.Grabs.Grab(0, packet, "user2");
        Assert.Equal((GrabStatus.Again, 2, won.AmountFen), (again.Status, again.Ordinal, again.AmountFen));
        var report = await service.Settles();
        Assert.Equal((won.AmountFen, 2), (report.AdjustedFen, report.Claims.Settled));
        var healed = report.Healed.First(entry => entry.Action == "correction");
        Assert.Equal(("system repair", "correction"), (healed.Actor, healed.Action));
        var other = await service.Grabs.Grab(0, packet, "other");
        Assert.Equal((GrabStatus.Again, 2), (other.Status, other.Ordinal));

        await redis.Flush();
        await service.Opens();
        var still = await service.Grabs.Grab(0, packet, "other");
        Assert.Equal((GrabStatus.Again, 2), (still.Status, still.Ordinal));
        Assert.Equal((GrabStatus.Won, 3), await service.Grabs.Grab(0, packet, "next") is var next ? (next.Status, next.Ordinal) : default);
        await service.Settles();
    }

    [Fact]
    public async Task OpenedByAnotherInTheMeantime_StaysOpenUnderThatRun()
    {
        await using var service = await Service.Start(redis, postgres);
        var run = (string)(await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run"))!;
        await service.Of<GateOpener>().Open(0, TestContext.Current.CancellationToken);
        Assert.Equal(run, (string?)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run"));
        Assert.False(await redis.Database.KeyExistsAsync(PacketKeys.Opener(0)));
    }

    private static async Task<GrabOutcome[]> GrabAll(Service service, string packet, int users)
    {
        var outcomes = new GrabOutcome[users];
        for (var i = 0; i < users; i++)
            outcomes[i] = await service.Grabs.Grab(0, packet, $"user{i + 1}");
        return outcomes;
    }

    private Task CloseGate() => redis.ChangeReplicationId();

    private async Task<List<string>> Whole(string[] packets)
    {
        List<string> all = [];
        foreach (var id in packets)
        {
            var fields = await redis.Database.HashGetAllAsync(PacketKeys.Packet(0, id));
            all.AddRange(fields.Where(field => field.Name != PacketFields.Run).Select(field => $"{id} {field.Name}={field.Value}")
                .Order(StringComparer.Ordinal));
            all.Add((string)(await redis.Database.StringGetAsync(PacketKeys.Shares(0, id)))!);
            var live = await redis.Database.SortedSetScoreAsync(PacketKeys.Live(0), id);
            var score = await redis.Database.SortedSetScoreAsync(PacketKeys.Made(0), id);
            all.Add($"{live} {score}");
        }

        return all;
    }
}

public sealed class GateOnSqliteTests(RedisFixture redis) : GateTests(redis, null);

public sealed class GateOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : GateTests(redis, postgres);
