using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Repairs;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// One shard of the world: its part of the store, its gate as the world knows it, its two relays, and what it was told.
/// </summary>
internal sealed class SimulatedShard
{
    private readonly SimulatedWorld _world;
    private readonly ShardRelay[] _relays;
    private readonly List<StoreImage> _images = [];
    private StoreImage? _beforeFlush;

    public SimulatedShard(SimulatedWorld world, IConnectionMultiplexer store, int number)
    {
        (_world, Number) = (world, number);
        Store = new SimulatedStore(store, number, world.KeyNames);
        Record = new ClientRecord(number, world.Sendings, world.Reached);
        _relays = [Relay(), Relay()];
    }

    public int Number { get; }

    public SimulatedStore Store { get; }

    public ClientRecord Record { get; }

    /// <summary>False from a loss until the gate has opened again and all packets were compared.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>True while its server cannot be reached.</summary>
    public bool IsAway => _world.Away.Contains(Number);

    /// <summary>True when nothing keeps it from serving.</summary>
    public bool IsWell => IsOpen && !IsAway;

    /// <summary>
    /// True while the ledger records what the open run grants. After a fund that Redis had forgotten, the gate has to
    /// compare again first.
    /// </summary>
    public bool IsCompared =>
        IsOpen && !Record.HasLedgerGoneBack && LedgerNow.Run == Before.Meta.GetValueOrDefault("run");

    /// <summary>Packets that Redis had forgotten and got back, after their keys may have made others.</summary>
    public HashSet<string> CameBack { get; } = [];

    /// <summary>Redis before the current command.</summary>
    public StoreImage Before => _images[^1];

    /// <summary>The ledger before the current command.</summary>
    public LedgerImage LedgerNow { get; private set; } = LedgerImage.Empty;

    private IEnumerable<string> InFlight => _world.InMessages(Number, _ => true);

    /// <summary>Lines that the ledger looks up and does not add, whether the gate is open or not.</summary>
    private IEnumerable<string> OfEarlierRuns =>
        LedgerNow.Run is { } run ? _world.InMessages(Number, message => message.Body.Run != run) : [];

    /// <summary>An empty shard.</summary>
    public async Task Begin()
    {
        await Store.Clear();
        _images.Add(await Store.Look(0));
    }

    /// <summary>Looks at everything and checks the promises against it.</summary>
    public async Task Look(LedgerImage ledger, bool restored)
    {
        // A rebuild in this command has computed the expiry again.
        foreach (var packet in Store.Passed)
            await Store.PassTime(packet);
        var store = await Store.Look(_world.Step);
        LedgerNow = ledger;
        var isCompared = IsOpen && !Record.HasLedgerGoneBack && ledger.Run == store.Meta.GetValueOrDefault("run");
        Promises.Check(Record, Before, store, ledger, isCompared, restored);
        _images.Add(store);
    }

    public Task RunRelay(int relay) => _relays[relay].RunRound(SimulatedWorld.Stop);

    public async Task RunRelays()
    {
        foreach (var relay in _relays)
            await relay.RunRound(SimulatedWorld.Stop);
    }

    /// <summary>The relay forgets its window, and a new one takes its place.</summary>
    public void KillRelay(int relay) => _relays[relay] = Relay();

    /// <summary>
    /// Its server cannot be reached. Messages of it that settlement holds would be neither recorded nor given back.
    /// </summary>
    public void GoAway()
    {
        if (!_world.Holds(Number))
            _world.Away.Add(Number);
    }

    /// <summary>Its server can be reached again, and every process looks at its gate within a moment.</summary>
    public async Task ComeBack()
    {
        if (_world.Away.Remove(Number))
            await _world.LookAtGate(Number);
    }

    /// <summary>Its part of Redis comes back, perhaps as it was some commands ago.</summary>
    public async Task Lose(int lostCommands)
    {
        IsOpen = false;
        var image = _images[Math.Max(0, _images.Count - 1 - lostCommands)];
        if (image == Before)
            return;
        await Store.Restore(image);
        if (image == _beforeFlush)
            CameBack.UnionWith(image.Packets.Keys);
        _images.RemoveRange(_images.IndexOf(image) + 1, _images.Count - 1 - _images.IndexOf(image));
        Record.LostAfter(image, LedgerNow, OfEarlierRuns);
    }

    /// <summary>Its part of Redis has nothing any more.</summary>
    public async Task LoseAll()
    {
        IsOpen = false;
        _beforeFlush = Before;
        await Store.Clear();
        Record.LostAfter(await Store.Look(-1), LedgerNow, OfEarlierRuns);
        _images.RemoveRange(0, _images.Count - 1);
    }

    /// <summary>
    /// Opens as the keeper of the gates does it. Drained: the relays and settlement work meanwhile.
    /// Otherwise nothing moves until the keeper's patience is over.
    /// </summary>
    public async Task Open(bool drained)
    {
        if (IsCompared || IsAway)
            return;
        if (IsOpen)
            _world.Reached.Add("compared again");
        var run = Before.Meta.GetValueOrDefault("run");
        // An opener that died, or sleeps, has lost its token by now.
        await Store.ExpireOpener();
        var wait = _world.Clock.NextWait;
        var opening = _world.First.Open(Number);
        while (await Task.WhenAny(opening, wait) != opening)
        {
            wait = _world.Clock.NextWait;
            if (drained && _world.Ledger.IsUp)
                await _world.Drain();
            _world.Clock.Advance(drained && _world.Ledger.IsUp ? SimulatedClock.BeyondAProof : SimulatedWorld.BeyondEveryPause);
        }
        bool isDone;
        try
        {
            isDone = await _world.Ledger.UnlessAway(() => opening);
        }
        catch (Exception exception) when (exception is OpeningLostException
            || (exception is LedgerUnavailableException && _world.Ledger.IsUp))
        {
            // The ledger has gone back meanwhile, which ended the run. Or another process had its write lock just then. The keeper
            // tries again.
            await Open(drained);
            return;
        }
        // A ledger that went back, and still has all that Redis was told, needs no opening.
        var isSameRun = (await Store.Look(_world.Step)).Meta.GetValueOrDefault("run") == run;
        if (IsOpen && isSameRun)
        {
            // A keeper that the ledger does not answer has done nothing.
            Promises.Must(await _world.LookAtGate(Number), "1: a keeper that opened no gate has shut this one");
            if (isDone)
                Record.LedgerHadTime(_world.Ledger.Look().Of(Number));
            return;
        }
        // A keeper that stopped had opened the gate already, and relays have sent since. Only the walk was left.
        await Opened(drained && !isSameRun);
    }

    /// <summary>
    /// Entries that its last run lost are taken back or paid, and packets that were taken back are compared, as within
    /// a moment.
    /// </summary>
    public async Task PayLostRuns(Actor actor)
    {
        var before = await Store.Look(_world.Step);
        await _world.Clock.PassProofs(() => _world.Get<LostRunCorrections>().Pay(Number, actor, SimulatedWorld.Stop));
        var taken = (await Store.Look(_world.Step)).Out.Keys.Except(before.Out.Keys).Select(line => line[0]).ToHashSet();
        _world.Reached.UnionWith(taken.Select(kind => kind == 'f' ? "fund taken back" : "share taken back"));
        await _world.Get<ShardWalk>().Run(Number, SimulatedWorld.Stop);
        foreach (var packet in Store.Passed)
            await Store.PassTime(packet);
    }

    /// <summary>A keeper has worked on the gate: it may have shut it, or opened it.</summary>
    public async Task Refresh()
    {
        if (IsAway)
            return;
        var isOpen = await _world.LookAtGate(Number);
        if (isOpen && !IsOpen)
            await Opened(drained: false);
        IsOpen = isOpen;
    }

    /// <summary>Some keeper has opened the gate, or has not.</summary>
    public async Task Opened(bool drained, string mustOpen = "1: the gate did not open")
    {
        IsOpen = await _world.LookAtGate(Number);
        // A loss is written down before a gate opens, so a ledger that cannot be written keeps the gate closed.
        Promises.Must(IsOpen || !_world.Ledger.IsUp, mustOpen);
        if (!IsOpen)
            return;
        Record.IsHalfRebuilt = false;
        Record.LedgerHadTime(_world.Ledger.Look().Of(Number));
        // The keeper does not wait where no message was ever sent.
        var isUnused = Before.Live.Count == 0 && LedgerNow.Rows.All(row => LedgerNow.Archived.Contains(row.PacketId));
        var inFlight = _world.Bus.Messages.Count(message => message.Body.Shard == Number && message.Body.Run == LedgerNow.Run);
        Promises.Must(
            inFlight == 0 || isUnused || !drained || !_world.Ledger.IsUp,
            $"1: the gate was opened while {inFlight} messages were in flight");
        foreach (var packet in Store.Passed)
            await Store.PassTime(packet);
        var (store, db) = (await Store.Look(_world.Step), _world.Ledger.Look().Of(Number));
        Record.GateOpened(Before, store, db, InFlight);
        var missing = ReportOracle.Missing(store, db).ToList();
        Promises.Must(missing.Count == 0, $"4: missing after the gate was opened: {string.Join(" | ", missing)}");
    }

    private ShardRelay Relay()
    {
        var sender = new SimulatedBus.Sender(_world.Bus, _world.Outbox, _world.Clock);
        var broker = new BrokerAvailability(sender, _world.Clock, NullLogger<BrokerAvailability>.Instance);
        var redis = new RedisAvailability(_world.Clock, NullLogger<RedisAvailability>.Instance);
        var connection = _world.First.Connection;
        return new ShardRelay(Number, new RelayContext(
            _world.Outbox, new OutboxReader(connection), sender, broker, redis, new RelayStatus(), connection, _world.Clock,
            NullLogger<Relay>.Instance));
    }
}
