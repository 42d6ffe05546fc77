using Microsoft.Extensions.DependencyInjection;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Outbox;

/// <summary>The way from outbox to ledger over the bus in memory, with a real Redis and a real ledger.</summary>
[Needs("servers")]
public sealed class RelayTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly TestLedger _ledger = new();

    public void Dispose() => _ledger.Dispose();

    [Fact]
    public async Task EntriesInTheOutbox_AreInTheLedgerOnceAndLeave()
    {
        var book = await NewBook();
        await using var host = await QueueHost.Start(redis, _ledger, settings: QueueHost.NeverResends);
        await book.Fund();
        await book.Grabs(2500);
        await host.Settles(book);
        await book.Grabs(10, slow: true);

        await host.Settles(book);

        Assert.Equal(0, host.Resends);
    }

    [Fact]
    public async Task ShardThatComesLater_IsFound()
    {
        var book = await NewBook();
        await using var host = await QueueHost.Start(redis, _ledger);
        await book.Fund();
        await host.Settles(book);
        var other = new OutboxBook(redis.Database, shard: 3);
        await other.Fund();
        await other.Grabs(5);

        await Eventually.Holds(async () => await other.Left() == 0);

        Assert.Equal(7, await host.Transfers());
    }

    [Fact]
    public async Task LedgerAway_WindowHoldsBackTheRestAndAllSettlesAfterwards()
    {
        var book = await NewBook();
        await using var host = await QueueHost.Start(redis, _ledger, settings: ["Outbox:Window=3", "Outbox:ChunkSize=10"]);
        await book.Fund();
        await host.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(100);
            await Eventually.Holds(() => host.Relay.Shards.Single().Entries == 30);
            Assert.Equal((3, 100), (host.Relay.Shards.Single().Chunks, await book.Left()));
        }

        await host.Settles(book);
    }

    [Fact]
    public async Task TwoRelaysWithoutLease_EachEntryIsInTheLedgerOnce()
    {
        var book = await NewBook();
        await using var first = await QueueHost.Start(redis, _ledger, settings: ["Outbox:Lease=false"]);
        await using var second = await QueueHost.Start(redis, _ledger, settings: ["Outbox:Lease=false"]);
        await book.Fund();
        for (var burst = 0; burst < 20; burst++)
            await book.Grabs(100);

        await first.Settles(book);
        Assert.Equal(0, await first.Parked());
    }

    [Fact]
    public async Task TwoRelaysWithLease_OneWorksAndTheOtherTakesOverAtItsStop()
    {
        var book = await NewBook();
        await book.Fund();
        var first = await QueueHost.Start(redis, _ledger);
        await Eventually.Holds(() => first.Relay.Shards.SingleOrDefault()?.Working == true);
        await using var second = await QueueHost.Start(redis, _ledger);
        await Eventually.Holds(() => second.Relay.Shards.Count == 1);
        Assert.False(second.Relay.Shards.Single().Working);

        await first.DisposeAsync();

        await Eventually.Holds(() => second.Relay.Shards.Single().Working, what: "the other relay works");
        await book.Grabs(10);
        await second.Settles(book);
    }

    [Fact]
    public async Task GateOpenedAnew_EverythingIsSentAgainFromTheFirstEntry()
    {
        var book = await NewBook();
        await using var host = await QueueHost.Start(redis, _ledger);
        await book.Fund();
        await host.Settles(book);
        await redis.Flush();
        await redis.Database.HashSetAsync(PacketKeys.Meta(0), "run", "another");
        await redis.Database.SetAddAsync(PacketKeys.Shards, 0);
        await redis.Database.SortedSetAddAsync(PacketKeys.Out(0), book.Grab(1), 2);

        await Eventually.Holds(async () => await host.Transfers() == 2 && await book.Left() == 0);
        Assert.Contains("gate was opened again", host.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EntryUnderTheCursorThatIsNotOutstanding_IsSent()
    {
        var book = await NewBook();
        await using var host = await QueueHost.Start(redis, _ledger, settings: ["Outbox:ResendAfter=00:00:01"]);
        await book.Fund();
        await book.Grabs(10);
        await host.Settles(book);

        await redis.Database.SortedSetAddAsync(PacketKeys.Out(0), book.Grab(11), 4);

        await Eventually.Holds(async () => await host.Transfers() == 12 && await book.Left() == 0);
    }

    [Fact]
    public async Task RedisAway_AllSettlesAfterwards()
    {
        await using var own = new OwnRedis();
        await own.Server.Start();
        var book = new OutboxBook(own.Server.Database);
        await using var host = await QueueHost.Start(own.Server, _ledger);
        await book.Fund();
        await host.Settles(book);

        await own.Server.Kill();
        await Eventually.Holds(() => host.Log.Count(3003) > 0);
        await own.Server.Start();
        await Eventually.Holds(async () => await own.Server.Database.PingAsync() >= TimeSpan.Zero);
        await book.Grabs(100);

        await host.Settles(book);
        await Eventually.Holds(() => host.Log.Count(3004) > 0);
    }

    [Fact]
    public async Task RedisOutOfMemory_OutboxDrains()
    {
        await using var own = new OwnRedis();
        await own.Server.Start();
        var book = new OutboxBook(own.Server.Database);
        await using var host = await QueueHost.Start(own.Server, _ledger, settings: ["Outbox:Window=3", "Outbox:ChunkSize=10"]);
        await book.Fund();
        await host.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(100);
            await Eventually.Holds(() => host.Relay.Shards.Single().Entries == 30);
            // Without a term it cannot expire while the machine is busy. It has one again as soon as the relay has
            // renewed it.
            await own.Server.Database.KeyPersistAsync(PacketKeys.RelayLease(0));
            await own.Server.Server.ConfigSetAsync("maxmemory", "1");
            await Eventually.Holds(async () => await own.Server.Database.KeyTimeToLiveAsync(PacketKeys.RelayLease(0)) is not null);
            Assert.Equal(100, await book.Left());
        }

        await host.Settles(book);
    }

    [Fact]
    public async Task StoppedWhileTheLedgerIsAway_EndsWithoutIt()
    {
        var book = await NewBook();
        var host = await QueueHost.Start(redis, _ledger);
        await book.Fund();
        await host.Settles(book);
        using var away = _ledger.Lock();
        await book.Grabs(5000);
        await Eventually.Holds(() => host.Relay.Shards.Single().Entries > 0);

        var stop = host.Stop();
        await Eventually.Holds(() => stop.IsCompletedSuccessfully);

        await host.DisposeAsync();
        Assert.Equal(5000, await book.Left());
    }

    [Fact]
    public void MixedLanes_AreCutIntoRunsOfOneLane()
    {
        OutboxEntry[] entries = [.. new long[] { 2, 4, 7, 9, 10, 13 }.Select(seq => new OutboxEntry(seq, ""))];

        Assert.Equal(
            ["2 4", "7 9", "10", "13"],
            ShardRelay.Lanes(entries).Select(lane => string.Join(' ', lane.Select(entry => entry.Seq))));
    }

    private async Task<OutboxBook> NewBook()
    {
        await redis.Flush();
        return new OutboxBook(redis.Database);
    }

    private sealed class OwnRedis : IAsyncDisposable
    {
        public RedisServer Server { get; } = new();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
