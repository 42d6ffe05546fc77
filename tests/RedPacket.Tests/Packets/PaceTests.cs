using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Packets;

/// <summary>
/// Closing and archiving in the background: many packets a call, with a rest, and nothing twice for nothing.
/// </summary>
[Needs("servers")]
public sealed class PaceTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly PacketsOptions s_yearly = new() { Retain = TimeSpan.FromDays(365) };

    [Fact]
    public async Task ManyDue_AreClosedTwoHundredACall_AndTheSweeperRestsInBetween()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        for (var i = 0; i < 250; i++)
        {
            var packet = PacketId.New(0, DateTimeOffset.UnixEpoch);
            await world.Get<RedisPackets>().Create(packet, 1, 100, Terms with { Key = packet });
            await redis.Database.HashSetAsync(PacketKeys.Packet(0, packet), PacketFields.Expiry, 1);
            await redis.Database.SortedSetAddAsync(PacketKeys.Live(0), packet, 1);
        }
        var clock = new SlowClock();
        var closer = ActivatorUtilities.CreateInstance<PacketCloser>(world.Services, (TimeProvider)clock);
        await redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");

        var closing = closer.CloseDue(0, ReconciliationWorld.Stop);
        await Eventually.Holds(() => clock.Rests == 1);

        // A call of 100 ms is followed by 400 ms of rest, which end only when the test says so.
        Assert.Equal((200, 2), (await Refunds(), await Calls()));
        clock.Advance(TimeSpan.FromMilliseconds(399));
        Assert.False(closing.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(250, await closing);
        Assert.Equal((250, 4), (await Refunds(), await Calls()));

        async Task<int> Refunds() =>
            (await redis.Database.SortedSetRangeByRankAsync(PacketKeys.Out(0))).Count(line => line.StartsWith("r "));
    }

    [Fact]
    public async Task PageOfPackets_IsArchivedByOneCall()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        for (var i = 0; i < 7; i++)
            await world.Expired("a", "b");
        await redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");

        Assert.Equal(7, await world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop));

        // A look at the gate, a look at the clock of Redis, and the deletion of all.
        Assert.Equal(3, await Calls());
        Assert.Equal(
            (7, 14, 1),
            (world.Ledger.Number("SELECT archived_packets FROM shards"), world.Ledger.Number("SELECT archived_claims FROM shards"),
            world.Ledger.Number("SELECT count(DISTINCT archived_at) FROM packets")));
        Assert.Equal(7, world.Ledger.Number("SELECT count(*) FROM accounts WHERE archived_at IS NOT NULL"));
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync(PacketKeys.Live(0)));
    }

    [Fact]
    public async Task RefusedPacket_IsComparedAgainOnlyWhenItHasChanged()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var packet = await world.Expired("a");
        var archiver = world.Get<PacketArchiver>();
        // A row that differs while all totals agree, which no program does. It shows when the rows are read.
        world.Ledger.Execute("UPDATE transfers SET amount_fen = amount_fen + 1 WHERE kind = 2");
        Assert.Equal(0, await archiver.ArchiveShard(0, ReconciliationWorld.Stop));
        world.Ledger.Execute("UPDATE transfers SET amount_fen = amount_fen - 1 WHERE kind = 2");

        Assert.Equal(0, await archiver.ArchiveShard(0, ReconciliationWorld.Stop));
        await redis.Database.HashIncrementAsync(PacketKeys.Packet(0, packet), PacketFields.Sum);
        Assert.Equal(0, await archiver.ArchiveShard(0, ReconciliationWorld.Stop));
        await redis.Database.HashDecrementAsync(PacketKeys.Packet(0, packet), PacketFields.Sum);

        Assert.Equal(1, await archiver.ArchiveShard(0, ReconciliationWorld.Stop));
    }

    [Fact]
    public async Task PacketThatTheLedgerRefusesToMark_HoldsUpNoOther()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var (refused, other) = (await world.Expired("a"), await world.Expired("b"));
        world.Ledger.Execute($"""
            CREATE TRIGGER refused BEFORE UPDATE OF archived_at ON packets WHEN NEW.packet_id = '{refused}'
            BEGIN SELECT RAISE(ABORT, 'refused by the test'); END
            """);

        Assert.Equal(1, await world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop));

        Assert.NotNull(await world.Get<RedisPackets>().Find(refused));
        Assert.Null(await world.Get<RedisPackets>().Find(other));
    }

    [Fact]
    public async Task ClockOfTheProcessAYearAhead_ArchivesNothingEarly()
    {
        await using var world = await ReconciliationWorld.Open(redis, null, s_yearly);
        await world.Expired("a");
        var ahead = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(400));
        var archiver = ActivatorUtilities.CreateInstance<PacketArchiver>(world.Services, (TimeProvider)ahead);

        Assert.Equal(0, await archiver.ArchiveShard(0, ReconciliationWorld.Stop));
    }

    [Fact]
    public async Task LedgerOfAnotherRun_MarksNothing()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Expired("a");
        world.Ledger.Execute("UPDATE shards SET run = 'another'");

        await Assert.ThrowsAsync<RedPacket.Hosting.OutageException>(
            () => world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop));

        await using var db = await world.Get<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync(ReconciliationWorld.Stop);
        Assert.False(await db.Packets.AnyAsync(packet => packet.ArchivedAt != null, ReconciliationWorld.Stop));
    }

    private static PacketTerms Terms => new("sender", "lucky", 2, "", 600, "line-cutting", "000000000000002a", "key");

    // How many scripts were called since the statistics were reset. One of a page's two calls asks Redis for the time.
    private async Task<int> Calls()
    {
        var commands = (string)(await redis.Database.ExecuteAsync("INFO", "commandstats"))!;
        var evalsha = commands.Split('\n').FirstOrDefault(line => line.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return evalsha is null ? 0 : int.Parse(evalsha.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>By this clock each measured piece of work takes 100 ms.</summary>
    private sealed class SlowClock : FakeTimeProvider
    {
        private int _measured;
        private int _rests;

        public int Rests => Volatile.Read(ref _rests);

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => 100 * Interlocked.Increment(ref _measured);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _rests);
            return timer;
        }
    }
}
