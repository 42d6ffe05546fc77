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
internal sealed class SimulatedSettlement : IAsyncDisposable
{
    private readonly SimulatedWorld _world;
    private readonly SettlingClock _clock;
    private readonly Settler _settler;
    private readonly Settler _deaf;
    private readonly List<Held> _delivered = [];

    // Lines of an earlier run, which wait until their packets are compared.
    private readonly List<Held> _waiting = [];
    private CancellationTokenSource _lives = new();

    /// <param name="deaf">Reaches nothing: a settler that acknowledges over it has died before.</param>
    public SimulatedSettlement(SimulatedProcess process, IConnectionMultiplexer deaf, SimulatedWorld world)
    {
        _world = world;
        _clock = new SettlingClock(world.Clock.GetUtcNow());
        _settler = Settler(process, process.Connection);
        _deaf = Settler(process, deaf);
    }

    private sealed class Held(BusMessage message, Settling[] settling)
    {
        public BusMessage Message => message;

        public Settling[] Settling => settling;

        public bool IsDone => settling.All(each => each.Task.IsCompleted);
    }

    /// <summary>Messages that it has taken and not acknowledged.</summary>
    public IEnumerable<BusMessage> Delivered => _delivered.Concat(_waiting).Select(each => each.Message);

    /// <summary>
    /// Takes a message, so many times in parallel. One with lines of an earlier run, of a shard that is shut or cannot
    /// be reached, stays with the broker: settlement would hold it for as long, and could not say so to the world.
    /// </summary>
    public async Task Take(BusMessage message, int times = 1)
    {
        var shard = _world.Shards[message.Body.Shard];
        if (!shard.IsWell && (!_world.Ledger.IsUp || _world.Ledger.Look().Of(shard.Number).Run != message.Body.Run))
        {
            _world.Bus.GiveBack(message);
            return;
        }
        var held = new Held(message, [.. Enumerable.Range(0, times).Select(_ =>
            _clock.Run(() => _settler.Settle(message.Body, message.Slow, _lives.Token)))]);
        if (_world.Ledger.IsUp)
            await DoneUnlessTheyWait([held]);
        else
            _delivered.Add(held);
    }

    /// <summary>So much time passes for lines of an earlier run, which look again whether their packets are compared.</summary>
    public async Task GoOn(TimeSpan time)
    {
        List<Held> woken = [.. _waiting];
        foreach (var settling in woken.SelectMany(held => held.Settling))
            settling.Wake();
        _clock.Advance(time);
        await DoneUnlessTheyWait(woken);
    }

    /// <summary>Takes a message that nobody of the house has sent.</summary>
    public Task TakeForeign(TransfersAccepted message) => _settler.Settle(message, slow: false, SimulatedWorld.Stop);

    /// <summary>Records and does not acknowledge: the broker still has the message.</summary>
    public async Task TakeAndDie(BusMessage message)
    {
        if (_world.Ledger.IsUp)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(SimulatedWorld.Stop);
            var settling = _clock.Run(() => _deaf.Settle(message.Body, message.Slow, life.Token));
            // It may wait until packets are compared, and dies then.
            await settling.DoneOrWaiting;
            if (!settling.Task.IsCompleted)
                await life.CancelAsync();
            await settling.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _world.Bus.GiveBack(message);
    }

    /// <summary>Dies with all messages that it holds: the broker delivers them again.</summary>
    public async Task Die()
    {
        await _lives.CancelAsync();
        foreach (var held in _delivered.Concat(_waiting))
        {
            await Task.WhenAll(held.Settling.Select(each => each.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _world.Bus.GiveBack(held.Message);
        }
        _delivered.Clear();
        _waiting.Clear();
        _lives.Dispose();
        _lives = new CancellationTokenSource();
    }

    /// <summary>The ledger is back: the messages that it holds are settled.</summary>
    public async Task Finish()
    {
        List<Held> delivered = [.. _delivered];
        _delivered.Clear();
        await DoneUnlessTheyWait(delivered);
    }

    // Returns when each of them is done, or waits until its packets are compared.
    private async Task DoneUnlessTheyWait(List<Held> work)
    {
        _waiting.AddRange(work.Except(_waiting));
        foreach (var held in work)
        {
            if (IsBehind(held))
                // It gives no sign that it waits. Its lines are recorded when the journals answer.
                await _world.Ledger.Answers();
            else
                await Task.WhenAll(held.Settling.Select(each => each.DoneOrWaiting));
        }
        foreach (var held in _waiting.Where(held => held.IsDone).ToList())
        {
            _waiting.Remove(held);
            await Task.WhenAll(held.Settling.Select(each => each.Task));
            _world.Shards[held.Message.Body.Shard].Record.Taken.UnionWith(held.Message.Body.Entries);
        }
    }

    // A fence waits for the earlier messages of its lane.
    private bool IsBehind(Held held) => held.Message.Body.Entries.Any(Fence.Is)
        && _waiting.TakeWhile(each => each != held).Any(earlier => earlier.Message.Slow == held.Message.Slow && !earlier.IsDone);

    public async ValueTask DisposeAsync()
    {
        await Die();
        _lives.Dispose();
    }

    private Settler Settler(SimulatedProcess process, IConnectionMultiplexer acknowledging) => new(
        process.Journal,
        new StaleEntries(
            process.Journal, new PacketEvidence(process.Get<ScriptRunner>()), _clock, NullLogger<StaleEntries>.Instance),
        new OutboxAcknowledgement(acknowledging), new ChunkSigner(_world.Outbox.Keys),
        new UnverifiedMessages(new BrokerSettings((Uri?)null), process.Clock, NullLogger<UnverifiedMessages>.Instance),
        new FollowedShares(acknowledging, process.Clock, NullLogger<FollowedShares>.Instance), process.Clock, NullLogger<Settler>.Instance);
}
