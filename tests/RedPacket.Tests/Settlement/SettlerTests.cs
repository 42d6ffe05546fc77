using Microsoft.Extensions.DependencyInjection;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Settlement;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

/// <summary>Settlement's work on a message, without a queue: the tests give it the chunks directly.</summary>
[Needs("servers")]
public abstract class SettlerTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private TestLedger _ledger = null!;

    public async ValueTask InitializeAsync() => _ledger = await TestLedger.On(postgres);

    public ValueTask DisposeAsync()
    {
        _ledger?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task EveryChunkDeliveredThreeTimesInReverseOrder_EachEntryIsInTheLedgerOnce()
    {
        var (host, book, settler) = await Start();
        await using var _ = host;
        await book.Fund();
        await book.Grabs(200);
        var chunks = (await Chunks(10)).Reverse().ToList();

        var copies = chunks.SelectMany(chunk => Enumerable.Repeat(chunk, 3));
        await Task.WhenAll(copies.Select((chunk, index) => settler.Settle(chunk, slow: index % 3 > 0, CancellationToken.None)));

        Assert.Equal((201, 0, 0), (await host.Transfers(), await host.Parked(), await book.Left()));
    }

    [Fact]
    public async Task EntryThatCannotBeRecordedNow_StaysInTheOutboxAndTheRestLeaves()
    {
        var (host, book, settler) = await Start();
        await using var _ = host;
        await book.Fund();
        await book.Grabs(5);
        _ledger.BreakOrdinal(2);

        await settler.Settle((await Chunks(100)).Single(), slow: false, CancellationToken.None);
        Assert.Equal(6, Assert.Single(await book.Seqs()));
        _ledger.MendOrdinal();
        await settler.Settle((await Chunks(100)).Single(), slow: true, CancellationToken.None);

        Assert.Equal((6, 0), (await host.Transfers(), await book.Left()));
    }

    [Fact]
    public async Task LineThatCannotBeRead_IsParkedAndLeavesTheOutbox()
    {
        var (host, book, settler) = await Start();
        await using var _ = host;
        await book.Fund();
        await book.Put(["g nonsense"]);
        await book.Grabs(1);

        await settler.Settle((await Chunks(100)).Single(), slow: false, CancellationToken.None);

        Assert.Equal((2, 1, 0), (await host.Transfers(), await host.Parked(), await book.Left()));
    }

    [Fact]
    public async Task Fence_LeavesTheOutboxAfterAllThatCameEarlierAndIsNotParked()
    {
        var (host, book, settler) = await Start();
        await using var _ = host;
        await book.Fund();
        await book.Grabs(3);
        await book.Put(["x token live"]);
        var chunks = await Chunks(4);
        Task[] work;
        using (_ledger.Lock())
        {
            work = [.. chunks.Select(chunk => settler.Settle(chunk, slow: false, CancellationToken.None))];
            await Eventually.Holds(() => !host.Services.GetRequiredService<Journal>().State.Up);
            Assert.Equal(5, await book.Left());
        }

        await Task.WhenAll(work);
        Assert.Equal((4, 0, 0), (await host.Transfers(), await host.Parked(), await book.Left()));
    }

    [Fact]
    public async Task FenceWhoseEarlierChunkIsInFlight_Waits()
    {
        var lane = new InFlightChunks();
        var first = lane.Enter();
        using var fence = lane.Enter();
        using var later = lane.Enter();
        var waiting = fence.EarlierOnes(TestContext.Current.CancellationToken);

        Assert.False(waiting.IsCompleted);
        first.Dispose();

        await waiting.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task MalformedMessage_IsDiscardedAndTheOutboxKeepsItsEntries()
    {
        var (host, book, settler) = await Start();
        await using var _ = host;
        await book.Fund();
        await book.Grabs(2);
        var chunk = (await Chunks(100)).Single();

        TransfersAccepted[] malformed =
        [
            chunk with { Seqs = [2] }, chunk with { Seqs = null! }, chunk with { Entries = null! }, chunk with { Seqs = [6, 4, 2] },
            chunk with { Shard = -1 },
            chunk with { Shard = PacketId.MostShards },
            chunk with { Seqs = [.. chunk.Seqs.SkipLast(1), 5_000_000_000_000_000] },
        ];
        foreach (var message in malformed)
            await settler.Settle(message, slow: false, CancellationToken.None);

        Assert.Equal((0, 3, malformed.Length), (await host.Transfers(), await book.Left(), host.Log.Count(4001)));
    }

    [Fact]
    public async Task AcknowledgementFails_IsLoggedOnceAndTheEntriesLeaveWhenTheyComeAgain()
    {
        await using var own = new PrivateRedisServer();
        await own.Redis.Start();
        var book = new OutboxBook(own.Redis.Database);
        await using var host = await QueueHost.Start(own.Redis, _ledger, settings: ["Outbox:ResendAfter=00:00:01", "Outbox:ChunkSize=10"]);
        await book.Fund();
        await host.Settles(book);
        using (_ledger.Lock())
        {
            await book.Grabs(100);
            await Eventually.Holds(() => host.Relay.Shards.Single().Entries == 100);
            await own.Redis.Kill();
        }
        await Eventually.Holds(async () => await host.Transfers() == 101);
        await Eventually.Holds(() => host.Log.Count(4002) > 0);
        // Ten chunks could not be acknowledged; Redis has not been back meanwhile.
        Assert.Equal(1, host.Log.Count(4002));

        await own.Redis.Start();

        await host.Settles(book);
        await Eventually.Holds(() => host.Log.Count(4003) > 0);
    }

    private async Task<(QueueHost Host, OutboxBook Book, Settler Settler)> Start()
    {
        await redis.Flush();
        var host = await QueueHost.Start(redis, _ledger, relay: false);
        await Eventually.Holds(() => host.Services.GetRequiredService<Journal>().State.Up);
        return (host, new OutboxBook(redis.Database), host.Services.GetRequiredService<Settler>());
    }

    // The chunks that a relay would send of the outbox as it is.
    private async Task<TransfersAccepted[]> Chunks(int size)
    {
        var entries = await redis.Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(0));
        return [.. entries.Chunk(size).Select(chunk => new TransfersAccepted
        {
            Shard = 0,
            Seqs = [.. chunk.Select(entry => (long)entry.Score)],
            Entries = [.. chunk.Select(entry => entry.Element.ToString())],
            PublishedAt = DateTimeOffset.UnixEpoch,
        })];
    }

    private sealed class PrivateRedisServer : IAsyncDisposable
    {
        public RedisServer Redis { get; } = new();

        public ValueTask DisposeAsync() => Redis.DisposeAsync();
    }
}

public sealed class SettlerOnSqliteTests(RedisFixture redis) : SettlerTests(redis, null);

public sealed class SettlerOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SettlerTests(redis, postgres);
