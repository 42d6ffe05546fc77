using System.Collections.Concurrent;
using System.Globalization;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Histories of a small world, drawn by seeds. Every promise of src/README.md is checked after every step.
/// SIMULATION_HISTORIES says how many run on the embedded store (200), and SIMULATION_FIRST gives the seed of the first
/// (1). SIMULATION_SEED plays one, SIMULATION_SHARDS says on how many shards (2). SIMULATION_HISTORY plays these
/// commands with that seed. SIMULATION_SHRINK=no leaves a failing history as it is. SIMULATION_TRACE=yes prints each
/// command before it runs.
/// </summary>
[Needs("simulation")]
public sealed class SimulationTests
{
    private const int Histories = 200;
    private const int HistoriesOnRedis = 20;
    private const int Shards = 2;

    // Milliseconds.
    private const int LimitMs = 60_000;

    // A long run reports its progress.
    private const int Step = 500;

    /// <summary>
    /// Seeds that once broke a promise, in a world of one shard. They are never removed. With the weights of one shard
    /// they still find those faults. After a change of these weights, the mutants show whether they still do.
    /// </summary>
    private static readonly int[] s_keptSeeds =
    [
        // Each flush soon after an opening doubled the delivery numbers, until the relay could not read them
        // (begin.lua).
        24, 36, 1_000_001,
        // A send repeated while the gate was shut kept its key for a packet never made, and sent twice once it was open
        // (PacketRebuild).
        191, 1_000_014,
        // A state of Redis that was restored twice gave the same delivery numbers twice (begin.lua, GateKeeper).
        355,
        // Never broken: a line from an earlier run, after a flush and before an opening, is a lost run line too.
        // Settlement may have left it to its packet before.
        589, 2289,
        // A parked entry that was in the outbox again was called in flight or not, depending on the rest of the page
        // (EntryState).
        2461,
        // A share that a flush forgot after its packet was refunded stayed in an expired packet for ever
        // (PacketRebuild).
        3193,
        // Never broken: an opening parks a share that another user has in the ledger, while its entry is still in the
        // outbox.
        8608,
        // Never broken: a line of a lost run is paid, which few histories reach.
        236, 242,
    ];

    /// <summary>
    /// Short histories on two shards that once broke a promise, or that reach what few do. They are never removed.
    /// </summary>
    private static readonly (int Seed, string Commands)[] s_keptHistories =
    [
        // The key was claimed in another call than the one that makes the packet.
        (3, "SenderSleepsOn(0,1,1) Flush(1,0) Open(1,0) Send(0,1) SleeperWakes(0,0)"),
        // A fund that came late brought back its packet, although its key had made another.
        (3, "Send(0,0) Relay(0,0) LoseWrites(2,0) Open(0,0) Send(0,0) Deliver(0,0) Open(0,0) Replay(1,0)"),
        // An opening went on when a replica had taken over, which lacks what the opening wrote.
        (3, "Send(0,2) Grab(0,0) Relay(0,0) Deliver(0,0) LoseWrites(2,0) KeeperStops(22,0) PromotedInOpening(0,0)"),
        // Operators had no call for a line that is unreadable, a fund or a refund.
        (3, "Poison(0,0) Relay(0,0) Deliver(0,0) ParkedEnded(0,0)"),
        // A ledger that went back within a run was taken for the one that Redis told everything.
        (3, "Send(0,0) Grab(0,0) Relay(0,0) Deliver(0,0) LedgerBackup(0,0) Archive(0,0) LedgerRestored(0,0)"),
        (3, "Send(0,0) Grab(0,0) Relay(0,0) Deliver(0,0) LedgerBackup(0,0) Archive(0,0) LedgerRestoredInPlace(0,0)"),
        // The writer remembered numbers of packets that the restored ledger does not have.
        (3, "LedgerBackup(0,0) Send(0,0) Relay(0,0) Deliver(0,0) LedgerRestoredInPlace(0,0) Grab(0,0) Relay(0,0) Deliver(0,0)"),
        // A message was believed, and nothing showed who had sent it.
        (3, "Send(0,2) Grab(0,0) ForgedMessage(0,0)"),
        // Never broken: a fence waits for an earlier message, whose packet waits for the opening that the fence belongs
        // to.
        (5070, "SenderSleepsOn(9,94,1) LedgerBackup(1,99) LoseWrites(50,80) Open(68,73) SleeperWakes(34,45) LedgerRestored(7,66)"),
        // Faults of the world itself: archived packets that a sender repeats, foreign lines that a restored ledger takes,
        // lines that were parked before anybody saw that the ledger had gone back, a keeper that did nothing, a Redis that
        // comes back as it was before a flush, or as it was when the ledger alone knew a share, and a key
        // whose fund is lost while a share of its packet is recorded.
        (1600243, "Send(42,56,1) Grab(30,76,29) Relay(13,63,54) Deliver(25,40,71) LedgerBackup(5,60,36) Archive(62,10,78) "
            + "LedgerRestored(29,80,8) SenderStops(24,68,65)"),
        (1600512, "Send(34,4,83) SenderSleepsOn(76,53,19) Flush(31,28)"),
        (1601986, "Send(0,76) LedgerBackup(65,2,94) Grab(53,0,14) Relay(96,68,50) Deliver(94,68,23) Poison(83,55,36) "
            + "LedgerRestoredInPlace(56,21,28)"),
        (1601459, "Send(0,44) Deliver(66,10,6) Relay(44,20,3) Send(64,31,95) CloseDue(64,67,49) Open(5,53,51) SleeperWakes(81,48,79) "
            + "Relay(30,8,20) LoseWrites(78,70,54) LedgerBackup(1,0,78) Open(93,11,24) Grab(75,83,34) Relay(75,6,40) "
            + "LedgerRestored(33,91,80) Deliver(28,89,52) Open(26,9,41)"),
        (1602993, "Send(0,84) LoseEntry(8,68,62) LedgerBackup(29,47,74) LedgerRestoredInPlace(11,17,42) LedgerGone(72,63,37) "
            + "Open(66,78,14)"),
        (3, "Send(0,0) Grab(0,0) Relay(0,0) Restart(0,0) Open(0,0) LedgerLocked(0,0) Deliver(0,0) Restart(0,0) LedgerBack(0,0)"),
        (1720920, "LedgerBackup(6,2,72) Send(61,61,67) Flush(94,79,41) LedgerRestored(27,9,36) LoseWrites(47,45,12)"),
        (6001179, "Send(0,55) Grab(60,49,46) LedgerBackup(12,70,28) Relay(18,52,90) LoseWrites(81,63,15) Relay(4,34,38) Grab(89,71,12) "
            + "Deliver(20,40,48) CloseDue(11,23,4) ServeTheWell(40,41,61) Open(84,43,8) Deliver(90,55,7) Relay(4,4,80) "
            + "ShardAway(86,51,65) SettlerDiesAfterCommit(90,12,97) LedgerRestoredInPlace(26,28,26) SleeperWakes(9,4,47) "
            + "LoseWrites(59,32,83)"),
        (6001241, "Send(0,94) Grab(2,93,90) Grab(44,71,47) Clock(0,11,72) ServeTheWell(43,94,37) Archive(64,84,2) Relay(7,88,52) "
            + "Relay(71,7,28) LedgerBack(26,64,46) LoseWrites(76,69,78) Open(44,86,30) Deliver(15,22,75) LoseWrites(92,5,51) "
            + "Report(31,22,41) KeeperStops(13,37,70) Send(60,41,28)"),
        (3041894, "Send(41,81,54) Flush(7,83,97) Open(90,23,46) Send(47,28,37) Relay(55,49,37) LoseWrites(83,91,59)"),
        (3004612, "Send(0,9) Grab(19,42,17) Grab(75,79,48) LedgerBackup(75,33,23) ParkedEnded(48,18,92) Archive(86,52,78) "
            + "LedgerRestoredInPlace(54,48,67) Send(45,69,93)"),
        (3015122, "Send(0,78) ServeTheWell(21,70,17) LoseWrites(24,60,14) LedgerBackup(3,83,37) Open(52,50,68) LedgerRestored(93,11,56) "
            + "Relay(25,53,46) Grab(95,27,57) Deliver(65,11,78) Clock(49,49,96)"),
        // A late entry that its packet had was parked when its row could not be recorded for 30 s.
        (3006449, "SenderSleepsOn(60,87,44) ParkedEnded(7,98,85) Grab(31,40,42) Grab(64,3,39) TornGrab(2,1,27) Trouble(43,7,69) "
            + "Relay(6,85,86) Open(56,71,78) Deliver(81,85,70) Clock(94,0,65)"),
        // Never broken: a fund that Redis had forgotten comes late.
        (3, "Send(0,0) Relay(0,0) LoseWrites(2,0) Open(0,0) Deliver(0,0) Open(0,0) Grab(0,0)"),
        // Never broken: an opening that sleeps after its first writes has rebuilt half of a packet.
        (82, "Send(0,56) Grab(6,22,21) Flush(72,86,59) KeeperStops(75,80,24)"),
    ];

    private static IEnumerable<Played> Kept =>
    [
        .. s_keptSeeds.Select(seed => Played.Drawn(seed, 1)),
        .. s_keptHistories.Select(history => new Played(history.Seed, Shards, Command.Read(history.Commands))),
    ];

    /// <summary>The situations that so many histories must reach, or they prove nothing.</summary>
    private static readonly string[] s_mustBeReached =
    [
        "Won", "Again", "Emptied", "Expired", "Unknown", "Full", "open", "emptied", "expired", "archived", "unreadable", "conflict",
        "refused", "lost", "lost run line", "torn", "paid", "compared again", "one of two served",
        "keeper stopped", "keeper woke", "sender woke", "ledger went back", "fund taken back", "share taken back", "key_taken",
        "late by a proof",
    ];

    [Fact]
    public async Task Histories_OnTheEmbeddedStore_KeepEveryPromise()
    {
        var drawn = Enumerable.Range(Number("SIMULATION_FIRST") ?? 1, Number("SIMULATION_HISTORIES") ?? Histories);
        Played[] played = Number("SIMULATION_SEED") is { } one
            ? [Played.Drawn(one, Number("SIMULATION_SHARDS") ?? Shards)]
            : [.. Kept, .. drawn.Select(seed => Played.Drawn(seed, Shards))];
        await using var first = new GarnetStore();
        await using var second = new GarnetStore();
        var reached = await Play(played, first, second);
        Assert.True(
            played.Length == 1 || s_mustBeReached.All(reached.Contains),
            $"never reached: {string.Join(", ", s_mustBeReached.Except(reached))}");
    }

    [Fact]
    public async Task Histories_OnRedis_KeepEveryPromise()
    {
        Installed.Require(Installed.Redis);
        await using var redis = new RedisStore();
        await Play([.. Kept, .. Enumerable.Range(1_000_001, HistoriesOnRedis).Select(seed => Played.Drawn(seed, Shards))], redis);
    }

    // A worker per store; each has its own.
    private static async Task<HashSet<string>> Play(Played[] played, params StoreServer[] stores)
    {
        HashSet<string> reached = new(StringComparer.Ordinal);
        using var template = await SimulatedLedger.Template();
        ConcurrentQueue<Played> waiting = new(played);
        ConcurrentQueue<string> broken = [];
        await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            await store.InitializeAsync();
            HashSet<string> mine = new(StringComparer.Ordinal);
            // A machine that pauses for some seconds breaks no promise.
            await using var patient = await ConnectionMultiplexer.ConnectAsync(
                $"{store.Connection.Configuration},asyncTimeout={LimitMs},syncTimeout={LimitMs}");
            while (broken.IsEmpty && waiting.TryDequeue(out var next))
            {
                if (await new History(patient, template, next.Seed, next.Shards, mine).Play(next.Commands) is { } failure)
                    broken.Enqueue(failure);
                if (played.Length > Histories * 2 && (played.Length - waiting.Count) % Step == 0)
                    await Console.Error.WriteLineAsync($"{played.Length - waiting.Count} of {played.Length} histories");
            }
            lock (reached)
                reached.UnionWith(mine);
        })));
        Assert.True(broken.IsEmpty, string.Join("\n\n", broken));
        return reached;
    }

    private sealed record Played(int Seed, int Shards, Command[] Commands)
    {
        public static Played Drawn(int seed, int shards) => new(seed, shards, Command.History(seed, shards));
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
