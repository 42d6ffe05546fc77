using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Settlement;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>
/// A ledger that went back, by a backup put in its place, gets everything again that Redis still has: recorded shares,
/// archived packets, and shares that the house has paid.
/// </summary>
[Needs("servers")]
public abstract class LedgerRestoredTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    // Repair and payment are the test's own calls.
    private const string NoRepair = "--Reconciliation:RepairInterval=00:10:00";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LedgerRestored_WhatRedisHasIsRecordedAgain(bool inPlace)
    {
        var service = await Service.Start(redis, postgres, NoRepair);
        var (open, gone) = (await service.Send(1000, 10), await service.Send(10, 2));
        await Grab(service, open, "a", "b");
        await Grab(service, gone, "a", "b");
        await service.Settles();
        await Late(service, open, 1, "known");
        var backup = new LedgerBackup(service.Ledger);
        // All of this is in Redis and in no backup: shares, a packet, archiving, a payment, and a share that waits and
        // is paid.
        await Grab(service, open, "c", "d");
        var later = await service.Send(20, 4);
        await Grab(service, later, "a");
        await Late(service, open, 2, "unknown");
        await Archive(service);
        await PaidAndSettled(service, gone);
        Assert.Null(await service.Packets.Find(gone));
        var transfers = Transfers(service.Ledger);

        await using var again = await Restore(service, backup, inPlace);

        var report = await PaidAndSettled(again, gone);
        Assert.Equal(transfers, Transfers(again.Ledger));
        Assert.Equal((7, 1030), (report.Claims.Settled, report.Money.FundedFen));
        Assert.NotNull(await again.Packets.Find(gone));
        foreach (var (user, ordinal) in ((string, int)[])[("known", 1), ("unknown", 2)])
        {
            var told = await again.Grabs.Grab(0, open, user);
            Assert.Equal((GrabStatus.Again, ordinal), (told.Status, told.Ordinal));
        }
        await Archive(again);
        Assert.Null(await again.Packets.Find(gone));
        await again.Settles();
        again.Ledger.MustBalance();
    }

    [Fact]
    public async Task LinesOfPaidShares_AreKeptUntilTheirPacketIsArchived()
    {
        await using var service = await Service.Start(redis, postgres, NoRepair);
        var (open, gone) = (await service.Send(1000, 10), await service.Send(10, 2));
        await Grab(service, open, "a", "b");
        await Grab(service, gone, "a", "b");
        await service.Settles();
        await Late(service, open, 1, "known");
        await Late(service, gone, 1, "known");
        await Late(service, gone, 2, "unknown");
        await PaidAndSettled(service, gone);
        var held = await redis.Database.HashGetAllAsync(PacketKeys.Held(0));
        Assert.Equal([(open, 1), (gone, 2)], held.Select(each => ((string)each.Name!, ((string)each.Value!).Split('\n').Length))
            .OrderBy(each => each.Item2));

        await Archive(service);

        Assert.Null(await service.Packets.Find(gone));
        Assert.Equal([open], (await redis.Database.HashKeysAsync(PacketKeys.Held(0))).Select(id => (string?)id));
    }

    [Fact]
    public async Task RedisWasFlushedBefore_PaidSharesAreStillPaid()
    {
        await using var service = await Service.Start(redis, postgres, NoRepair);
        var open = await service.Send(1000, 10);
        await Grab(service, open, "a", "b");
        await service.Settles();
        var backup = new LedgerBackup(service.Ledger);
        await Late(service, open, 1, "known");
        await PaidAndSettled(service, open);
        var transfers = Transfers(service.Ledger);
        await redis.Flush();
        await service.Opens();

        backup.RestoreInPlace();

        await PaysAgain(service, transfers);
        var told = await service.Grabs.Grab(0, open, "known");
        Assert.Equal((GrabStatus.Again, 1), (told.Status, told.Ordinal));
    }

    [Fact]
    public async Task ShareThatWasGrantedAgain_IsStillPaid()
    {
        await using var service = await Service.Start(redis, postgres, NoRepair);
        var open = await service.Send(1000, 10);
        await Grab(service, open, "a");
        await Grab(service, open, "b");
        await service.Settles();
        var backup = new LedgerBackup(service.Ledger);
        // Redis forgot the second share and granted it to another user. Both were told that they won.
        var packet = PacketKeys.Packet(0, open);
        var second = (string)(await redis.Database.HashGetAsync(packet, "u:b"))!;
        var fen = long.Parse(second.Split(' ')[1], null);
        await redis.Database.HashDeleteAsync(packet, "u:b");
        await redis.Database.HashSetAsync(packet, [new("o:2", "other"), new("u:other", second)]);
        await redis.Database.HashIncrementAsync(packet, "sum", (UserId.Check("other") - UserId.Check("b")) * fen);
        await redis.ChangeReplicationId();
        await service.Opens();
        Assert.Contains(" other ", (string?)await redis.Database.HashGetAsync(PacketKeys.Held(0), open), StringComparison.Ordinal);
        await PaidAndSettled(service, open);
        var transfers = Transfers(service.Ledger);

        backup.RestoreInPlace();

        await PaysAgain(service, transfers);
    }

    [Fact]
    public async Task NothingLost_NoGateIsOpenedAgain()
    {
        await using var service = await Service.Start(redis, postgres, NoRepair);
        await Grab(service, await service.Send(1000, 10), "a", "b");
        await service.Settles();
        var run = await Run();
        var backup = new LedgerBackup(service.Ledger);

        backup.RestoreInPlace();
        await Grab(service, await service.Send(1000, 10), "a", "b");
        await service.Settles();

        Assert.True(await service.Of<GateOpener>().IsOpen(0));
        Assert.Equal(run, await Run());
    }

    [Fact]
    public async Task ManyWriters_AreMergedIntoOneMark_WhichStillProvesThemAll()
    {
        await using var service = await Service.Start(redis, postgres, NoRepair);
        await Grab(service, await service.Send(1000, 10), "a");
        await service.Settles();
        var backup = new LedgerBackup(service.Ledger);
        string[] writers = [.. Enumerable.Range(1, 60).Select(number => $"w{number}")];
        service.Ledger.Execute(string.Concat(writers.Select(writer => $"INSERT INTO writers (id, number) VALUES ('{writer}', 5);")));
        await redis.Database.HashSetAsync(PacketKeys.Told(0), [.. writers.Select(writer => new HashEntry(writer, 5))]);
        var run = await Run();
        await Eventually.Holds(async () => await redis.Database.HashLengthAsync(PacketKeys.Told(0)) < 10, what: "the marks are merged");
        Assert.Equal(run, await Run());

        backup.RestoreInPlace();

        await Eventually.Holds(async () => await Run() is { Length: > 0 } now && now != run, what: "the gate is opened again");
    }

    private async Task<string?> Run() => await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run);

    private static Task<GrabOutcome[]> Grab(Service service, string packet, params string[] users) =>
        Task.WhenAll(users.Select(user => service.Grabs.Grab(0, packet, user)));

    // A share of a lost run, at an ordinal that another user has.
    private static Task Late(Service service, string packet, int ordinal, string user) => service.Of<Settler>().Settle(
        new TransfersAccepted
        {
            Shard = 0,
            Run = "lost",
            Seqs = [2],
            Entries = [new Entry(EntryKind.Grab, packet, ordinal, user, 5, 1_790_000_000_000).ToString()],
            PublishedAt = TimeProvider.System.GetUtcNow(),
        }, slow: false, TestLedger.Stop);

    private static Task<int> Archive(Service service) => ActivatorUtilities.CreateInstance<PacketArchiver>(
        service.Of<IServiceProvider>(), Options.Create(new PacketsOptions { Retain = TimeSpan.Zero })).ArchiveShard(0, TestLedger.Stop);

    // An opening puts back what the ledger lacks, and repair pays when the fund is there.
    private static Task<ConsistencyReport> PaidAndSettled(Service service,
        string archived) => Eventually.Yields(async () =>
    {
        await service.Of<LostRunCorrections>().Pay(0, Actor.Repair, TestLedger.Stop);
        return await service.Of<ReportBuilder>().Build(new ReportRequest(Full: true), TestLedger.Stop);
    }, report => report.Verdict == "CONSISTENT", what: $"CONSISTENT after {archived} was archived");

    // A report finds nothing wrong before the gate has noticed that the ledger went back.
    private static Task PaysAgain(Service service, List<string> transfers) => Eventually.Holds(async () =>
    {
        await service.Of<LostRunCorrections>().Pay(0, Actor.Repair, TestLedger.Stop);
        return Transfers(service.Ledger).SequenceEqual(transfers);
    }, what: "the share is paid again");

    private async Task<Service> Restore(Service service, LedgerBackup backup, bool inPlace)
    {
        if (inPlace)
        {
            backup.RestoreInPlace();
            return service;
        }
        var ledger = await service.Stop();
        backup.Restore();
        return await Service.Resume(redis, ledger, NoRepair);
    }

    private static List<string> Transfers(TestLedger ledger) => ledger.Texts("""
        SELECT p.packet_id || ' ' || t.kind || ' ' || CASE WHEN t.kind = 4 THEN 0 ELSE t.ordinal END || ' ' || a.code || ' ' || t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account ORDER BY 1
        """);
}

public sealed class LedgerRestoredOnSqliteTests(RedisFixture redis) : LedgerRestoredTests(redis, null);

public sealed class LedgerRestoredOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : LedgerRestoredTests(redis, postgres);
