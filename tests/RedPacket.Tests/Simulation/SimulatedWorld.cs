using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Repairs;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// One shard of RedPacket with its real rooms, scripts and SQL, on a real store and a real ledger. The bus and the clock are simulated.
/// There is no background work: only the history's commands run.
/// </summary>
internal sealed class SimulatedWorld : IAsyncDisposable
{
    private static readonly TimeSpan s_beyondEveryPause = TimeSpan.FromSeconds(16);
    private readonly IConnectionMultiplexer _connection;
    private readonly ServiceProvider _services;
    private readonly ShardRelay[] _relays;
    private readonly List<StoreImage> _images = [];

    private SimulatedWorld(
        IConnectionMultiplexer connection, IConnectionMultiplexer deaf, SimulatedLedger ledger, OutboxOptions outbox, long limit)
    {
        (_connection, Ledger, Outbox, OutboxLimit) = (connection, ledger, outbox, limit);
        Store = new SimulatedStore(connection);
        _services = SimulatedServices.Build(connection, ledger, Clock, limit);
        _relays = [Relay(), Relay()];
        Settlement = new SimulatedSettlement(connection, deaf, ledger, Bus, Record, Clock);
    }

    public SimulatedStore Store { get; }

    public SimulatedLedger Ledger { get; }

    public SimulatedBus Bus { get; } = new();

    public SimulatedSettlement Settlement { get; }

    public SimulatedClock Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public OutboxOptions Outbox { get; }

    public long OutboxLimit { get; }

    public ClientRecord Record { get; } = new();

    /// <summary>False from a loss until the gate has opened again.</summary>
    public bool GateOpen { get; private set; }

    /// <summary>
    /// True while the ledger records what the open run grants. After a fund that Redis had forgotten, the gate has to compare again first.
    /// </summary>
    public bool IsCompared => GateOpen && LedgerNow.Run == Before.Meta.GetValueOrDefault("run");

    /// <summary>Commands that ran so far.</summary>
    public int Step { get; set; }

    /// <summary>Redis before the current command.</summary>
    public StoreImage Before => _images[^1];

    public LedgerImage LedgerNow { get; private set; } = new([], [], [], new HashSet<string>());

    private IEnumerable<string> InFlight => InMessages(_ => true);

    /// <summary>Lines that the ledger looks up and does not add, whether the gate is open or not.</summary>
    private IEnumerable<string> OfEarlierRuns => InMessages(message => LedgerNow.Run is not null && message.Body.Run != LedgerNow.Run);

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>An empty world whose gate has been opened by its keeper.</summary>
    public static async Task<SimulatedWorld> Create(
        IConnectionMultiplexer connection, IConnectionMultiplexer deaf, SimulatedLedger template, int seed)
    {
        var outbox = new OutboxOptions { ChunkSize = 1 + seed % 4, Window = 2 + seed % 3, Lease = false };
        var world = new SimulatedWorld(connection, deaf, await SimulatedLedger.Copy(template), outbox, limit: seed % 5 == 0 ? 3 : 1000);
        await world.Store.Clear();
        world._images.Add(await world.Store.Look(0));
        await world.Open(drained: true);
        await world.Look();
        return world;
    }

    /// <summary>Looks at everything and checks the promises against it.</summary>
    public async Task Look(bool restored = false)
    {
        var store = await Store.Look(Step);
        LedgerNow = Ledger.Look();
        Promises.Check(Record, Before, store, LedgerNow, GateOpen && LedgerNow.Run == store.Meta.GetValueOrDefault("run"), restored);
        _images.Add(store);
    }

    public Task RunRelay(int relay) => _relays[relay].RunRound(Stop);

    /// <summary>The relay forgets its window, and a new one takes its place.</summary>
    public void KillRelay(int relay) => _relays[relay] = Relay();

    public async Task LedgerBack()
    {
        await Ledger.GiveBack();
        await Settlement.Finish();
    }

    public void TakeLedgerAway()
    {
        using var context = Get<IDbContextFactory<LedgerDbContext>>().CreateDbContext();
        Ledger.TakeAway(context.Database.GetConnectionString()!);
    }

    /// <summary>
    /// Redis comes back without its scripts, and perhaps as it was some commands ago. Every process looks at the gate within a moment.
    /// </summary>
    public async Task Restart(int lostCommands = 0)
    {
        var image = _images[Math.Max(0, _images.Count - 1 - lostCommands)];
        if (image == Before)
        {
            await Store.ForgetScripts();
        }
        else
        {
            await Store.Restore(image, LedgerNow.Archived);
            _images.RemoveRange(_images.IndexOf(image) + 1, _images.Count - 1 - _images.IndexOf(image));
            Record.LostAfter(image, LedgerNow, OfEarlierRuns);
        }
        await Close();
    }

    /// <summary>Redis has nothing any more.</summary>
    public async Task Flush()
    {
        await Store.Clear();
        Record.LostAfter(await Store.Look(-1), LedgerNow, OfEarlierRuns);
        _images.RemoveRange(0, _images.Count - 1);
        await Close();
    }

    /// <summary>
    /// Opens as the keeper of the gates does it. Drained: the relays and settlement work meanwhile.
    /// Otherwise nothing moves until the keeper's patience is over.
    /// </summary>
    public async Task Open(bool drained)
    {
        if (IsCompared)
            return;
        if (GateOpen)
            Record.Reached.Add("compared again");
        var wait = Clock.NextWait;
        var opening = Get<GateOpener>().Open(0, Stop);
        while (await Task.WhenAny(opening, wait) != opening)
        {
            wait = Clock.NextWait;
            if (drained && Ledger.IsUp)
                await Drain();
            Clock.Advance(drained && Ledger.IsUp ? TimeSpan.FromMilliseconds(25) : s_beyondEveryPause);
        }
        await Ledger.UnlessAway(() => opening);
        GateOpen = await Get<ShardGate>().Look(0) is not null;
        // A loss is written down before a gate opens, so a ledger that cannot be written keeps the gate closed.
        Promises.Must(GateOpen || !Ledger.IsUp, "1: the gate did not open");
        if (!GateOpen)
            return;
        // The keeper does not wait where no message was ever sent.
        var isUnused = Before.Live.Count == 0 && LedgerNow.Rows.All(row => LedgerNow.Archived.Contains(row.PacketId));
        var isDrained = Bus.Messages.Count == 0 || isUnused;
        Promises.Must(isDrained || !drained || !Ledger.IsUp, $"1: the gate was opened while {Bus.Messages.Count} messages were in flight");
        foreach (var packet in Store.Passed)
            await Store.PassTime(packet);
        var (store, db) = (await Store.Look(Step), Ledger.Look());
        Record.GateOpened(Before, store, db, InFlight);
        var missing = ReportOracle.Missing(store, db).ToList();
        Promises.Must(missing.Count == 0, $"4: missing after the gate was opened: {string.Join(" | ", missing)}");
    }

    /// <summary>Recovers everything and runs until nothing moves. A world that never converges fails after a number of rounds.</summary>
    public async Task Converge()
    {
        const int rounds = 60;
        await LedgerBack();
        Ledger.Trouble(on: false);
        await Open(drained: true);
        for (var round = 0; round < rounds; round++)
        {
            await Drain();
            await Look();
            await Open(drained: true);
            await Get<PacketCloser>().CloseDue(0, Stop);
            await Get<LostRunCorrections>().Pay(0, Actor.Repair, Stop);
            var (store, db) = (await Store.Look(Step), Ledger.Look());
            var missing = ReportOracle.Missing(store, db).Any();
            if (missing)
                await Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, Stop);
            var isSettled = !missing && store.Out.Count == 0 && Bus.Messages.Count == 0;
            if (isSettled && db.Run == store.Meta.GetValueOrDefault("run"))
                return;
            Clock.Advance(s_beyondEveryPause);
        }
        var left = (await Store.Look(Step)).Out.Keys;
        throw new PromiseBrokenException($"promise 4: not settled in {rounds} rounds: {string.Join(" | ", left)}");
    }

    public async ValueTask DisposeAsync()
    {
        await Settlement.DisposeAsync();
        await _services.DisposeAsync();
        Ledger.Dispose();
    }

    private IEnumerable<string> InMessages(Func<BusMessage, bool> which) =>
        Bus.Messages.Concat(Settlement.Delivered).Where(which).SelectMany(message => message.Body.Entries);

    private async Task Close()
    {
        GateOpen = false;
        Promises.Must(await Get<ShardGate>().Look(0) is null, "1: a Redis that has lost its scripts counts as open");
    }

    private async Task Drain()
    {
        foreach (var relay in _relays)
            await relay.RunRound(Stop);
        while (Bus.Messages.Count > 0)
            await Settlement.Take(Bus.Take(0));
    }

    private ShardRelay Relay()
    {
        var sender = new SimulatedBus.Sender(Bus, Outbox, Clock);
        var broker = new BrokerAvailability(sender, Clock, NullLogger<BrokerAvailability>.Instance);
        var redis = new RedisAvailability(Clock, NullLogger<RedisAvailability>.Instance);
        var reader = new OutboxReader(_connection);
        return new ShardRelay(0, new RelayContext(
            Outbox, reader, sender, broker, redis, new RelayStatus(), _connection, Clock, NullLogger<Relay>.Instance));
    }
}
