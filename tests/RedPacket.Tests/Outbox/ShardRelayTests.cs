using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Outbox;

/// <summary>The relay's loop alone, turn by turn, with sends that end when the test says so.</summary>
[Needs("servers")]
public sealed class ShardRelayTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly OutboxOptions s_options = new() { ChunkSize = 10, Lease = false, ResendAfter = TimeSpan.FromHours(12) };

    [Fact]
    public async Task SendThatFailsWhileAnotherIsCollected_IsSentAgainToo()
    {
        await redis.Flush();
        var book = new OutboxBook(redis.Database);
        await book.Grabs(20);
        var bus = new Bus();
        // The fault of the second send is collected, and said; meanwhile the first one, which was still under way a
        // moment ago, ends too.
        var relay = Relay(bus, new EndsAnother(() => bus.Sends[0].Ends(SendOutcome.Failed)));
        await Eventually.Holds(async () => await RunRound(relay) && bus.Sends.Count == 2);
        var (first, second) = (bus.Sends[0].Seq, bus.Sends[1].Seq);

        bus.Sends[1].Ends(SendOutcome.Failed);

        // One at a time, until the broker has confirmed one.
        await Eventually.Holds(async () => await RunRound(relay) && bus.Sends.Count == 3);
        bus.Sends[2].Ends(SendOutcome.Confirmed);
        await Eventually.Holds(async () => await RunRound(relay) && bus.Sends.Count == 4);
        Assert.Equal([first, second], bus.Sends.Skip(2).Select(send => send.Seq).Order());
    }

    [Fact]
    public async Task NewChunksTakeAllPlaces_AChunkIsStillSentAgain()
    {
        await redis.Flush();
        var book = new OutboxBook(redis.Database);
        var bus = new Bus();
        var relay = Relay(bus, NullLogger<BrokerAvailability>.Instance);
        await book.Grabs(10);
        await Eventually.Holds(async () => await RunRound(relay) && bus.Sends.Count == 1);
        await book.Grabs(10);
        await Eventually.Holds(async () => await RunRound(relay) && bus.Sends.Count == 2);
        bus.Sends[0].Ends(SendOutcome.Confirmed);
        bus.Sends[1].Ends(SendOutcome.Confirmed);
        await RunRound(relay);

        // The second chunk is settled, so the broker has lost the first. Meanwhile it is slow with all that is new.
        await redis.Database.SortedSetRemoveRangeByScoreAsync(PacketKeys.Out(0), bus.Sends[1].Seq, double.PositiveInfinity);
        await book.Grabs(200);

        await Eventually.Holds(
            async () => await RunRound(relay) && bus.Sends.Count(send => send.Seq == bus.Sends[0].Seq) == 2, TimeSpan.FromSeconds(30));
        Assert.Equal(8, bus.Sends.Count - 3);
    }

    [Fact]
    public async Task MessagesOfOtherShardsWait_OwnEntriesAreSent_AndThoseSentBeforeAreNot()
    {
        await redis.Flush();
        var book = new OutboxBook(redis.Database);
        await book.Grabs(30);
        var bus = new Bus { Waiting = 500 };
        var first = Relay(bus, NullLogger<BrokerAvailability>.Instance);
        await Eventually.Holds(async () => await RunRound(first) && bus.Sends.Count == 3);
        await Eventually.Holds(async () => await RunRound(first) && await redis.Database.KeyExistsAsync(PacketKeys.Sent(0)));
        var seqs = await book.Put([.. Enumerable.Range(31, 25).Select(book.Grab)]);

        var next = new Bus { Waiting = 500 };
        var second = Relay(next, NullLogger<BrokerAvailability>.Instance);

        await Eventually.Holds(async () => await RunRound(second) && next.Sends.Count == 3);
        Assert.Equal([seqs[0], seqs[10], seqs[20]], next.Sends.Select(send => send.Seq));
        Assert.DoesNotContain(true, next.Slow);
    }

    private static async Task<bool> RunRound(ShardRelay relay)
    {
        await relay.RunRound(TestContext.Current.CancellationToken);
        return true;
    }

    private ShardRelay Relay(Bus bus, ILogger<BrokerAvailability> logger)
    {
        var broker = new BrokerAvailability(bus, TimeProvider.System, logger);
        var store = new RedisAvailability(TimeProvider.System, NullLogger<RedisAvailability>.Instance);
        return new ShardRelay(0, new RelayContext(
            s_options, new OutboxReader(redis.Connection), bus, broker, store, new RelayStatus(), redis.Connection, TimeProvider.System,
            NullLogger<Relay>.Instance));
    }

    private sealed class Bus() : RelaySender(null!, new BrokerSettings((Uri?)null), s_options, TimeProvider.System)
    {
        private readonly List<(long Seq, TaskCompletionSource<(SendOutcome, string)> Answer)> _sends = [];

        public IReadOnlyList<(long Seq, Action<SendOutcome> Ends)> Sends =>
            [.. _sends.Select(send => (send.Seq, End(send.Answer)))];

        public long Waiting { get; init; }

        public List<bool> Slow { get; } = [];

        private static Action<SendOutcome> End(TaskCompletionSource<(SendOutcome, string)> answer) =>
            outcome => answer.TrySetResult((outcome, "as the test says"));

        public override Task<long> Prepare(CancellationToken cancellation) => Task.FromResult(Waiting);

        public override Task<(SendOutcome Outcome, string Reason)> Send(
            int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
        {
            Slow.Add(slow);
            _sends.Add((entries[0].Seq, new TaskCompletionSource<(SendOutcome, string)>()));
            return _sends[^1].Answer.Task;
        }
    }

    private sealed class EndsAnother(Action end) : ILogger<BrokerAvailability>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 3001)
                end();
        }
    }
}
