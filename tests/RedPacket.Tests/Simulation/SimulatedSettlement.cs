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
    // Lines of an earlier run wait by this clock. It moves only when they are to look again, so none of them works beside a command.
    private readonly SimulatedClock _patience = new(world.Clock.GetUtcNow());
    private readonly List<Held> _delivered = [];

    // Lines of an earlier run, which wait until their packets are compared.
    private readonly List<Held> _waiting = [];
    private Settler? _settler;
    private Settler? _deaf;
    private CancellationTokenSource _lives = new();

    private sealed record Held(BusMessage Message, Task[] Settling)
    {
        public bool IsDone => Settling.All(each => each.IsCompleted);
    }

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
        var (began, elsewhere) = (_patience.Waits, world.Clock.NextWait);
        _settler ??= Settler(process.Connection);
        var held = new Held(
            message, [.. Enumerable.Range(0, times).Select(_ => _settler.Settle(message.Body, message.Slow, _lives.Token))]);
        if (!world.Ledger.IsUp)
            _delivered.Add(held);
        else
            await DoneUnlessTheyWait([held], began, elsewhere);
    }

    /// <summary>Messages that waited for packets to be compared look again.</summary>
    public async Task GoOn()
    {
        var (began, elsewhere) = (_patience.Waits, world.Clock.NextWait);
        _patience.Advance(SimulatedWorld.BeyondEveryPause);
        world.Clock.Advance(SimulatedWorld.BeyondEveryPause);
        await DoneUnlessTheyWait([.. _waiting], began, elsewhere);
    }

    /// <summary>Takes a message that nobody of the house has sent.</summary>
    public Task TakeForeign(TransfersAccepted message) =>
        (_settler ??= Settler(process.Connection)).Settle(message, slow: false, SimulatedWorld.Stop);

    /// <summary>Records and does not acknowledge: the broker still has the message.</summary>
    public async Task TakeAndDie(BusMessage message)
    {
        if (world.Ledger.IsUp)
        {
            using var life = CancellationTokenSource.CreateLinkedTokenSource(SimulatedWorld.Stop);
            var wait = Task.WhenAny(_patience.NextWait, world.Clock.NextWait);
            var settling = (_deaf ??= Settler(deaf)).Settle(message.Body, message.Slow, life.Token);
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
            await Task.WhenAll(settling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        foreach (var held in _delivered)
            await Done(held);
        _delivered.Clear();
    }

    // Returns when each of these is done, waits, or waits for its shard.
    private async Task DoneUnlessTheyWait(List<Held> awake, int began, Task elsewhere)
    {
        List<Held> all = [.. _waiting.Union(awake)];
        while (true)
        {
            var next = _patience.NextWait;
            var going = awake.Where(each => !IsBehind(each, all))
                .SelectMany(each => each.Settling).Where(each => !each.IsCompleted).ToList();
            if (going.Count <= _patience.Waits - began || elsewhere.IsCompleted)
                break;
            await Task.WhenAny([next, elsewhere, .. going]);
        }
        _waiting.Clear();
        _waiting.AddRange(all.Where(each => !each.IsDone));
        foreach (var each in all.Except(_waiting))
            await Done(each);
    }

    // A fence waits for the earlier messages of its lane. No pause is in that, which the clock would end.
    private static bool IsBehind(Held held, List<Held> all) => held.Message.Body.Entries.Any(Fence.Is)
        && all.TakeWhile(each => each != held).Any(earlier => earlier.Message.Slow == held.Message.Slow && !earlier.IsDone);

    private async Task Done(Held held)
    {
        await Task.WhenAll(held.Settling);
        world.Shards[held.Message.Body.Shard].Record.Taken.UnionWith(held.Message.Body.Entries);
    }

    public async ValueTask DisposeAsync()
    {
        await Die();
        _lives.Dispose();
    }

    private Settler Settler(IConnectionMultiplexer acknowledging) => new(
        process.Journal,
        new StaleEntries(
            process.Journal, new PacketEvidence(process.Get<ScriptRunner>()), _patience, NullLogger<StaleEntries>.Instance),
        new OutboxAcknowledgement(acknowledging), new ChunkSigner(world.Outbox.Keys),
        new UnverifiedMessages(new BrokerSettings((Uri?)null), process.Clock, NullLogger<UnverifiedMessages>.Instance),
        new FollowedShares(acknowledging, process.Clock, NullLogger<FollowedShares>.Instance), process.Clock, NullLogger<Settler>.Instance);
}
