using System.Collections.Concurrent;
using System.Globalization;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Histories of a small world, drawn by seeds. Every promise of src/README.md is checked after every step.
/// SIMULATION_HISTORIES says how many run on the embedded store (200), and SIMULATION_FIRST gives the seed of the first (1).
/// SIMULATION_SEED plays one. SIMULATION_SHRINK=no leaves a failing history as it is.
/// </summary>
[Needs("simulation")]
public sealed class SimulationTests
{
    private const int Histories = 200;
    private const int HistoriesOnRedis = 20;

    // Milliseconds.
    private const int LimitMs = 60_000;

    // A long run reports its progress.
    private const int Step = 500;

    /// <summary>
    /// Seeds that once broke a promise. They are never removed. With the current command weights they still find those faults.
    /// After a change of the weights, the mutants show whether they still do.
    /// </summary>
    private static readonly int[] s_keptSeeds =
    [
        // Each flush soon after an opening doubled the delivery numbers, until the relay could not read them (begin.lua).
        24, 36, 1_000_001,
        // A send repeated while the gate was shut kept its key for a packet never made, and sent twice once it was open (PacketRebuild).
        191, 1_000_014,
        // A state of Redis that was restored twice gave the same delivery numbers twice (begin.lua, GateKeeper).
        355,
        // Never broken: a line from an earlier run, after a flush and before an opening, is a lost run line too.
        // Settlement may have left it to its packet before.
        589, 2289,
        // A parked entry that was in the outbox again was called in flight or not, depending on the rest of the page (EntryState).
        2461,
        // A share that a flush forgot after its packet was refunded stayed in an expired packet for ever (PacketRebuild).
        3193,
        // Never broken: an opening parks a share that another user has in the ledger, while its entry is still in the outbox.
        8608,
        // Never broken: a line of a lost run is paid, which few histories reach.
        236, 242,
    ];

    /// <summary>The situations that so many histories must reach, or they prove nothing.</summary>
    private static readonly string[] s_mustBeReached =
    [
        "Won", "Again", "Emptied", "Expired", "Unknown", "Full", "open", "emptied", "expired", "archived", "unreadable", "conflict",
        "refused", "lost", "lost run line", "torn", "paid", "compared again",
    ];

    [Fact]
    public async Task Histories_OnTheEmbeddedStore_KeepEveryPromise()
    {
        var drawn = Enumerable.Range(Number("SIMULATION_FIRST") ?? 1, Number("SIMULATION_HISTORIES") ?? Histories);
        int[] seeds = Number("SIMULATION_SEED") is { } one ? [one] : [.. s_keptSeeds, .. drawn];
        await using var first = new GarnetStore();
        await using var second = new GarnetStore();
        var reached = await Play(seeds, first, second);
        Assert.True(
            seeds.Length == 1 || s_mustBeReached.All(reached.Contains),
            $"never reached: {string.Join(", ", s_mustBeReached.Except(reached))}");
    }

    [Fact]
    public async Task Histories_OnRedis_KeepEveryPromise()
    {
        Installed.Require(Installed.Redis);
        await using var redis = new RedisStore();
        await Play([.. s_keptSeeds, .. Enumerable.Range(1_000_001, HistoriesOnRedis)], redis);
    }

    // A worker per store; each has its own.
    private static async Task<HashSet<string>> Play(int[] seeds, params StoreServer[] stores)
    {
        HashSet<string> reached = new(StringComparer.Ordinal);
        using var template = await SimulatedLedger.Template();
        ConcurrentQueue<int> waiting = new(seeds);
        ConcurrentQueue<string> broken = [];
        await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            await store.InitializeAsync();
            HashSet<string> mine = new(StringComparer.Ordinal);
            // A machine that pauses for some seconds breaks no promise.
            await using var patient = await ConnectionMultiplexer.ConnectAsync(
                $"{store.Connection.Configuration},asyncTimeout={LimitMs},syncTimeout={LimitMs}");
            var deaf = await ConnectionMultiplexer.ConnectAsync(store.Connection.Configuration);
            await deaf.DisposeAsync();
            while (broken.IsEmpty && waiting.TryDequeue(out var seed))
            {
                if (await new History(patient, deaf, template, seed, mine).Play() is { } failure)
                    broken.Enqueue(failure);
                if (seeds.Length > Histories * 2 && (seeds.Length - waiting.Count) % Step == 0)
                    await Console.Error.WriteLineAsync($"{seeds.Length - waiting.Count} of {seeds.Length} histories");
            }
            lock (reached)
                reached.UnionWith(mine);
        })));
        Assert.True(broken.IsEmpty, string.Join("\n\n", broken));
        return reached;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
