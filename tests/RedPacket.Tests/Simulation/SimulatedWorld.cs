using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Repairs;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// RedPacket with its real rooms, scripts and SQL, on a real store and a real ledger. The bus and the clock are simulated.
/// There is no background work: only the history's commands run.
/// </summary>
internal sealed class SimulatedWorld : IAsyncDisposable
{
    public static readonly TimeSpan BeyondEveryPause = TimeSpan.FromSeconds(16);
    private static readonly string[] s_keys = ["text:only-for-tests-0123456789-abcdefghijklmnop"];
    private readonly IConnectionMultiplexer _store;
    private SimulatedProcess? _second;

    private SimulatedWorld(IConnectionMultiplexer store, SimulatedLedger ledger, int shards, OutboxOptions outbox, long limit)
    {
        (_store, Ledger, Outbox, OutboxLimit) = (store, ledger, outbox, limit);
        ShardCount = shards;
        First = new SimulatedProcess(this, store, ledger.Journal);
        Sleeper = new SimulatedSleeper(this);
        Shards = [.. Enumerable.Range(0, shards).Select(number => new SimulatedShard(this, store, number))];
    }

    /// <summary>Each is on another server: it is lost, restarted and unreachable without the others.</summary>
    public IReadOnlyList<SimulatedShard> Shards { get; }

    public int ShardCount { get; }

    public SimulatedProcess First { get; }

    /// <summary>Another process with all roles, which may stop in the middle of its work, and die. Made when it is first needed.</summary>
    public SimulatedProcess Second => _second ??= new SimulatedProcess(this, _store, Ledger.NewJournal());

    public SimulatedSleeper Sleeper { get; }

    public SimulatedLedger Ledger { get; }

    public SimulatedBus Bus { get; } = new();

    public SimulatedClock Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public OutboxOptions Outbox { get; }

    public long OutboxLimit { get; }

    /// <summary>Shards whose server cannot be reached.</summary>
    public HashSet<int> Away { get; } = [];

    /// <summary>Uses of Idempotency-Keys, by sender.</summary>
    public Dictionary<int, Sending> Sendings { get; } = [];

    /// <summary>Redis keys of the Idempotency-Keys ever used.</summary>
    public HashSet<string> KeyNames { get; } = new(StringComparer.Ordinal);

    /// <summary>The situations of this history, in words. A promise that held proves little when nothing tested it.</summary>
    public HashSet<string> Reached { get; } = new(StringComparer.Ordinal);

    /// <summary>Packets ever made, in order.</summary>
    public List<string> PacketIds { get; } = [];

    /// <summary>Commands that ran so far.</summary>
    public int Step { get; set; }

    public LedgerImage LedgerNow { get; private set; } = LedgerImage.Empty;

    public bool IsWell => Shards.All(shard => shard.IsWell);
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => First.Get<T>();

    /// <summary>One of the two. Kept seeds of one shard know one process.</summary>
    public SimulatedProcess Process(int choice) =>
        choice % 2 == 0 || Shards.Count == 1 || Second.Network.IsStopped ? First : Second;

    public SimulatedShard Shard(int choice) => Shards[choice % Shards.Count];

    public SimulatedShard ShardOf(string packetId) => Shards[packetId[0] - '0'];

    /// <summary>An empty world whose gates have been opened by their keeper.</summary>
    public static async Task<SimulatedWorld> Create(IConnectionMultiplexer store, SimulatedLedger template, int seed, int shards)
    {
        var outbox = new OutboxOptions { ChunkSize = 1 + seed % 4, Window = 2 + seed % 3, Lease = false, SigningKeys = s_keys };
        var world = new SimulatedWorld(store, await SimulatedLedger.Copy(template), shards, outbox, limit: seed % 5 == 0 ? 3 : 1000);
        await world.Shards[0].Store.Begin();
        foreach (var shard in world.Shards)
            await shard.Begin();
        await world.Get<HouseRecord>().AtLeast(shards, Stop);
        foreach (var shard in world.Shards)
            await shard.Open(drained: true);
        await world.Look();
        return world;
    }

    /// <summary>Looks at everything and checks the promises against it.</summary>
    public async Task Look(bool restored = false)
    {
        LedgerNow = Ledger.Look();
        Promises.Balanced(LedgerNow);
        await Task.WhenAll(Shards.Select(shard => shard.Look(LedgerNow.Of(shard.Number), restored)).ToList());
        Promises.OnePacketPerKey(Shards);
    }

    /// <summary>True when the gate is open and all packets were compared, as every process sees it.</summary>
    public async Task<bool> LookAtGate(int shard)
    {
        var seen = await Task.WhenAll(Awake.Select(async each => await each.Gate.Look(shard) is { IsWalked: false }));
        Promises.Must(seen.Distinct().Count() == 1, "1: a gate is open to one process and shut to another");
        return seen[0];
    }

    public async Task LedgerBack()
    {
        await Ledger.GiveBack();
        foreach (var process in Awake)
            await process.Settlement.Finish();
        await Ledger.Answers();
    }

    public void TakeLedgerAway() => Ledger.TakeAway(First.ReadersLedger());

    /// <summary>A backup of the ledger is put in its place.</summary>
    public async Task RestoreLedger(bool inPlace)
    {
        if (Held.Any() || !await Ledger.Restore(inPlace, First.ReadersLedger()))
            return;
        Reached.Add("ledger went back");
        LedgerNow = Ledger.Look();
        foreach (var shard in Shards)
            shard.Record.LedgerWentBack(await shard.Store.Look(Step), LedgerNow.Of(shard.Number));
    }

    /// <summary>True while settlement holds messages of the shard.</summary>
    public bool Holds(int shard) => Held.Any(message => message.Body.Shard == shard);

    /// <summary>
    /// Redis comes back without its seal, and perhaps as it was some commands ago. Every process looks at the gate within a moment.
    /// </summary>
    public async Task Restart(IReadOnlyList<SimulatedShard> shards, int lostCommands = 0)
    {
        if (lostCommands > 0)
            await Sleeper.KillSender();
        foreach (var shard in shards)
            await shard.Lose(lostCommands);
        await Close(shards);
    }

    /// <summary>Redis has nothing any more.</summary>
    public async Task Flush(IReadOnlyList<SimulatedShard> shards)
    {
        await Sleeper.KillSender();
        foreach (var shard in shards)
            await shard.LoseAll();
        await Close(shards);
    }

    /// <summary>Recovers everything and runs until nothing moves. A world that never converges fails after a number of rounds.</summary>
    public async Task Converge()
    {
        const int rounds = 60;
        foreach (var shard in Shards)
            await shard.ComeBack();
        await LedgerBack();
        if (await Sleeper.Wake())
            await Look();
        Ledger.Trouble(on: false);
        foreach (var shard in Shards)
            await shard.Open(drained: true);
        for (var round = 0; round < rounds; round++)
        {
            await Drain();
            await Task.WhenAll(Awake.Select(process => process.Settlement.GoOn(BeyondEveryPause)));
            await Ledger.Answers();
            foreach (var shard in round > 0 ? Shards : [])
                shard.Record.LedgerHadTime(Ledger.Look().Of(shard.Number));
            await Look();
            foreach (var shard in Shards)
                await shard.Open(drained: true);
            foreach (var shard in Shards)
                await Get<PacketCloser>().CloseDue(shard.Number, Stop);
            foreach (var shard in Shards)
                await shard.PayLostRuns(Actor.Repair);
            var db = Ledger.Look();
            var stores = await Task.WhenAll(Shards.Select(shard => shard.Store.Look(Step)).ToList());
            var missing = stores.Any(store => ReportOracle.Missing(store, db).Any());
            if (missing)
                await Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, Stop);
            var isSettled = !missing && stores.All(store => store.Out.Count == 0) && Bus.Messages.Count == 0 && !Held.Any();
            var areCompared = Shards.All(shard => !shard.Record.HasLedgerGoneBack
                && db.Runs[shard.Number] == stores[shard.Number].Meta.GetValueOrDefault("run"));
            if (isSettled && areCompared)
                return;
            Clock.Advance(BeyondEveryPause);
        }
        var left = (await Task.WhenAll(Shards.Select(shard => shard.Store.Look(Step)).ToList())).SelectMany(store => store.Out.Keys)
            .Concat(Bus.Messages.Concat(Held).SelectMany(message => message.Body.Entries));
        throw new PromiseBrokenException($"promise 4: not settled in {rounds} rounds: {string.Join(" | ", left)}");
    }

    /// <summary>The relays of these shards, or of all, work, and settlement. Messages that it gives back stay.</summary>
    public async Task Drain(IReadOnlyList<SimulatedShard>? only = null)
    {
        foreach (var shard in only ?? Shards)
            await shard.RunRelays();
        foreach (var message in Bus.Messages.Where(message => only?.Contains(Shards[message.Body.Shard]) ?? true).ToList())
        {
            Bus.Take(message);
            await First.Settlement.Take(message);
        }
    }

    /// <summary>The lines of a shard that are with the broker or with settlement.</summary>
    public IEnumerable<string> InMessages(int shard, Func<BusMessage, bool> which) => Bus.Messages.Concat(Held)
        .Where(message => message.Body.Shard == shard).Where(which).SelectMany(message => message.Body.Entries);

    /// <summary>The second process dies with all that it holds. The next is a new one.</summary>
    public async Task KillSecond()
    {
        if (_second is not { } second)
            return;
        _second = null;
        await second.DisposeAsync();
        Ledger.End(second.Journal);
    }

    public async ValueTask DisposeAsync()
    {
        await KillSecond();
        await First.DisposeAsync();
        Ledger.Dispose();
    }

    private IEnumerable<SimulatedProcess> Processes => _second is null ? [First] : [First, _second];

    private IEnumerable<BusMessage> Held => Processes.SelectMany(process => process.Settlement.Delivered);

    public IEnumerable<SimulatedProcess> Awake => Processes.Where(process => !process.Network.IsStopped);

    private async Task Close(IReadOnlyList<SimulatedShard> shards)
    {
        await Task.WhenAll(shards.Select(shard => shard.Store.LoseSeal()));
        foreach (var shard in shards.Where(shard => !shard.IsAway))
            Promises.Must(!await LookAtGate(shard.Number), "1: a Redis that was restarted counts as open");
    }
}
