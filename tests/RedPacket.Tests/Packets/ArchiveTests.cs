using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>Old packets leave Redis only when the ledger has everything of them, and are never granted again.</summary>
[Needs("servers")]
public abstract class ArchiveTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task ClosedAndSettledPacket_LeavesRedis_AndStillCounts()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var (emptied, expired, open) = (await service.Send(10, 2), await service.Send(30, 3), await service.Send(10, 2));
        await Task.WhenAll(
            service.Grabs.Grab(0, emptied, "a"), service.Grabs.Grab(0, emptied, "b"),
            service.Grabs.Grab(0, expired, "a"), service.Grabs.Grab(0, open, "a"));
        await service.Expires(expired);
        await Eventually.Holds(async () => await service.Packets.Find(emptied) is null && await service.Packets.Find(expired) is null);
        Assert.NotNull(await service.Packets.Find(open));
        Assert.Equal([open], await service.Packets.Newest(null, 10));
        Assert.False(await redis.Database.KeyExistsAsync(PacketKeys.Shares(0, emptied)));
        var report = await service.Settles();
        Assert.Equal((1, 1, 1), (report.Packets!.Open, report.Packets.Emptied, report.Packets.Expired));
        Assert.Equal((4, 4), (report.Claims.Granted, report.Claims.Settled));
        Assert.Equal(50, report.Money.FundedFen);
        Assert.Equal("packet_archived", (await service.Of<SettledClaims>().Missing(emptied)).Code);
        Assert.Equal(GrabStatus.Unknown, (await service.Grabs.Grab(0, emptied, "c")).Status);
    }

    [Fact]
    public async Task PacketThatRedisLacks_IsUnknownOnlyOnTheWordOfTheLedger()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var packet = await service.Send(10, 1);
        await service.Grabs.Grab(0, packet, "a");
        await Eventually.Holds(async () => await service.Packets.Find(packet) is null);
        var settled = service.Of<SettledClaims>();
        var never = $"0-{new string('f', 32)}";
        Assert.Equal("packet_archived", (await settled.Missing(packet)).Code);
        Assert.Equal("packet_unknown", (await settled.Missing(never)).Code);

        // As in a backup that is older than the archiving.
        service.Ledger.Execute($"UPDATE packets SET archived_at = NULL WHERE packet_id = '{packet}'");
        Assert.Equal(Outage.Gate, (await Assert.ThrowsAsync<OutageException>(() => settled.Missing(packet))).Outage);

        await service.Ledger.TakeAway();
        Assert.Equal(Outage.Ledger, (await Assert.ThrowsAsync<OutageException>(() => settled.Missing(never))).Outage);
    }

    [Fact]
    public async Task NameLeftByAnInterruptedDeletion_IsRemovedInTheNextRound()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var packet = await service.Send(10, 1);
        await service.Grabs.Grab(0, packet, "a");
        await Eventually.Holds(async () => await redis.Database.SortedSetScoreAsync(PacketKeys.Live(0), packet) is null);
        var longAgo = -1_790_000_000_000;

        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), packet, longAgo);
        await redis.Database.SortedSetAddAsync(PacketKeys.Made(0), packet, 1_790_000_000_000);

        await Eventually.Holds(
            async () => await redis.Database.SortedSetLengthAsync(PacketKeys.Live(0))
                + await redis.Database.SortedSetLengthAsync(PacketKeys.Made(0)) == 0);
    }

    [Fact]
    public async Task PacketThatDiffersFromTheLedger_IsNotArchived()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var packet = await service.Send(10, 2);
        await redis.Database.HashIncrementAsync(PacketKeys.Packet(0, packet), "sum", 1);
        await Task.WhenAll(service.Grabs.Grab(0, packet, "a"), service.Grabs.Grab(0, packet, "b"));
        await Eventually.Holds(
            async () => await service.Of<SettledClaims>().Of(packet, 1, 2)
                is { Count: 2 });
        var other = await service.Send(10, 1);
        await service.Grabs.Grab(0, other, "a");
        await Eventually.Holds(async () => await service.Packets.Find(other) is null);
        // The other one closed later and is gone: this one was looked at, or is now.
        var archiver = service.Of<IEnumerable<IHostedService>>().OfType<PacketArchiver>().Single();
        await archiver.ArchiveShard(0, TestContext.Current.CancellationToken);
        Assert.NotNull(await service.Packets.Find(packet));
    }

    [Fact]
    public async Task PacketOfWhichSomethingWasRecordedSince_StaysForABackupThatLacksIt()
    {
        await using var service = await Service.Start(redis, postgres);
        var (late, other) = (await service.Send(10, 1), await service.Send(10, 1));
        // Not together, so that each has a recording to itself.
        await service.Grabs.Grab(0, other, "a");
        await service.Settles();
        await service.Grabs.Grab(0, late, "a");
        await service.Settles();
        // The test says when they are archived.
        var archiver = ActivatorUtilities.CreateInstance<PacketArchiver>(
            service.Of<IServiceProvider>(), Options.Create(new PacketsOptions { Retain = TimeSpan.Zero }));
        RecordedAt(TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds());

        await archiver.ArchiveShard(0, TestContext.Current.CancellationToken);
        Assert.NotNull(await service.Packets.Find(late));
        Assert.Null(await service.Packets.Find(other));

        RecordedAt(1);
        await archiver.ArchiveShard(0, TestContext.Current.CancellationToken);
        Assert.Null(await service.Packets.Find(late));

        void RecordedAt(long at) => service.Ledger.Execute($"""
            UPDATE recordings SET recorded_at = {at} WHERE id IN (
                SELECT t.recording FROM transfers t JOIN packets p ON p.number = t.packet WHERE p.packet_id = '{late}' AND t.kind = 2)
            """);
    }

    [Fact]
    public async Task KeyOfAnotherTypeInPlaceOfAPacket_KeepsNoOtherInRedis()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var (damaged, other) = (await service.Send(10, 1), await service.Send(10, 1));
        await redis.Database.StringSetAsync(PacketKeys.Packet(0, damaged), "no packet");
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), damaged, -1_790_000_000_000);

        await service.Grabs.Grab(0, other, "a");

        await Eventually.Holds(async () => await service.Packets.Find(other) is null);
        Assert.NotNull(await redis.Database.SortedSetScoreAsync(PacketKeys.Live(0), damaged));
    }

    [Fact]
    public async Task ArchivedPacketFromAnOldBackup_IsRemovedByTheGate()
    {
        await using var service = await Service.Start(redis, postgres, "--Packets:Retain=00:00:01");
        var packet = await service.Send(10, 2);
        var (hash, shares) =
            (await redis.Database.KeyDumpAsync(PacketKeys.Packet(0, packet)),
            await redis.Database.KeyDumpAsync(PacketKeys.Shares(0, packet)));
        await Task.WhenAll(service.Grabs.Grab(0, packet, "a"), service.Grabs.Grab(0, packet, "b"));
        await Eventually.Holds(async () => await service.Packets.Find(packet) is null);

        await redis.Database.KeyRestoreAsync(PacketKeys.Packet(0, packet), hash!);
        await redis.Database.KeyRestoreAsync(PacketKeys.Shares(0, packet), shares!);
        await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), packet, 9_999_999_999_999);
        // The backup also has the line of a share that a correction paid.
        var paid = new Entry(EntryKind.Grab, packet, 1, "c", 5, 1_790_000_000_000).ToString();
        await redis.Database.HashSetAsync(PacketKeys.Held(0), packet, paid);
        await redis.ChangeReplicationId();
        await service.Opens();
        Assert.Equal(GrabStatus.Unknown, (await service.Grabs.Grab(0, packet, "thief")).Status);
        Assert.False(await redis.Database.HashExistsAsync(PacketKeys.Held(0), packet));
        await using var db = await service.OpenLedger();
        Assert.Equal(
            2, await db.Transfers.CountAsync(transfer => transfer.Kind == EntryKind.Grab, TestContext.Current.CancellationToken));
    }
}

public sealed class ArchiveOnSqliteTests(RedisFixture redis) : ArchiveTests(redis, null);

public sealed class ArchiveOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : ArchiveTests(redis, postgres);
