using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Messages;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Settlement;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The real settler, and the ways in which it dies. While the ledger is away it holds the messages that it has taken.
/// </summary>
/// <param name="deaf">Reaches nothing: a settler that acknowledges over it has died before.</param>
internal sealed class SimulatedSettlement(SimulatedProcess process, IConnectionMultiplexer deaf, SimulatedWorld world) : IAsyncDisposable
{
    private readonly Settler _settler = Settler(process, process.Connection, world);
    private readonly Settler _deaf = Settler(process, deaf, world);
    private readonly List<(BusMessage Message, Task Settling)> _delivered = [];

    // Lines of an earlier run, which wait until their packets are compared.
    private readonly List<(BusMessage Message, Task Settling)> _waiting = [];
    private CancellationTokenSource _lives = new();

    /// <summary>Messages that it has taken and not acknowledged.</summary>
    public IEnumerable<BusMessage> Delivered => _delivered.Concat(_waiting).Select(each => each.Message);

    /// <summary>
    /// Takes a message, so many times in parallel. One with lines of an earlier run, of a shard that is shut or cannot
    /// be reached, stays with the broker: settlement would hold it for as long, and could not say so to the world.
    /// </summary>
    public async Task Take(BusMessage message, int times = 1)
    {
        var shard = world.Shards[message.Body.Shard];
        if (!shard.IsWell && (!world.Ledger.IsUp || world.Ledger.Look().Of(shard.Number).Run != message.Body.Run))
        {
            world.Bus.GiveBack(message);
            return;
        }
        var wait = world.Clock.NextWait;
        var settling = Enumerable.Range(0, times).Select(_ => _settler.Settle(message.Body, message.Slow, _lives.Token)).ToList();
        if (!world.Ledger.IsUp)
            _delivered.AddRange(settling.Select(each => (message, each)));
        else
            await DoneUnlessItWaits(message, Task.WhenAll(settling), wait);
    }

    /// <summary>Messages that waited for packets to be compared look again.</summary>
    public async Task GoOn()
    {
        var waiting = _waiting.ToList();
        _waiting.Clear();
        foreach (var (message, settling) in waiting)
        {
            var wait = world.Clock.NextWait;
            world.Clock.Advance(SimulatedWorld.BeyondEveryPause);
            await DoneUnlessItWaits(message, settling, wait);
        }
    }

    /// <summary>Takes a message that nobody of the house has sent.</summary>
    public Task TakeForeign(TransfersAccepted message) => _settler.Settle(message, slow: false, SimulatedWorld.Stop);

    /// <summary>Records and does not acknowledge: the broker still has the message.</summary>
    public async Task TakeAndDie(BusMessage message)
    {
        if (world.Ledger.IsUp)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(SimulatedWorld.Stop);
            var wait = world.Clock.NextWait;
            var settling = _deaf.Settle(message.Body, message.Slow, life.Token);
            // It may wait until packets are compared, and dies then.
            if (await Task.WhenAny(settling, wait) == wait)
                await life.CancelAsync();
            await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        world.Bus.GiveBack(message);
    }

    /// <summary>Dies with all messages that it holds: the broker delivers them again.</summary>
    public async Task Die()
    {
        await _lives.CancelAsync();
        foreach (var (message, settling) in _delivered.Concat(_waiting))
        {
            await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            world.Bus.GiveBack(message);
        }
        _delivered.Clear();
        _waiting.Clear();
        _lives.Dispose();
        _lives = new CancellationTokenSource();
    }

    /// <summary>The ledger is back: the messages that it holds are settled.</summary>
    public async Task Finish()
    {
        foreach (var (message, settling) in _delivered)
            await Done(message, settling);
        _delivered.Clear();
    }

    private async Task DoneUnlessItWaits(BusMessage message, Task settling, Task wait)
    {
        // A fence waits for the earlier messages of its lane. No pause is in that, which the clock would end.
        var isBehind = message.Body.Entries.Any(Fence.Is) && _waiting.Any(earlier => earlier.Message.Slow == message.Slow);
        if (isBehind || (await Task.WhenAny(settling, wait) == wait && !settling.IsCompleted))
            _waiting.Add((message, settling));
        else
            await Done(message, settling);
    }

    private async Task Done(BusMessage message, Task settling)
    {
        await settling;
        world.Shards[message.Body.Shard].Record.Taken.UnionWith(message.Body.Entries);
    }

    public async ValueTask DisposeAsync()
    {
        await Die();
        _lives.Dispose();
    }

    private static Settler Settler(SimulatedProcess process, IConnectionMultiplexer acknowledging, SimulatedWorld world) => new(
        process.Journal,
        new StaleEntries(
            process.Journal, new PacketEvidence(process.Get<ScriptRunner>()), process.Clock,
            NullLogger<StaleEntries>.Instance),
        new OutboxAcknowledgement(acknowledging), new ChunkSigner(world.Outbox.Keys),
        new UnverifiedMessages(new BrokerSettings((Uri?)null), process.Clock, NullLogger<UnverifiedMessages>.Instance),
        new FollowedShares(acknowledging, process.Clock, NullLogger<FollowedShares>.Instance), process.Clock, NullLogger<Settler>.Instance);
}
