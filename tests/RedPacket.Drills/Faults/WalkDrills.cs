using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Drills.Faults;

/// <summary>
/// Redis comes back with many open packets, and callers do not wait until all were compared with the ledger.
/// </summary>
internal static class WalkDrills
{
    private const int Callers = 32;
    private const int Tried = 50;

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("million-open-restart", "Redis is restarted with 10000 open packets (a million with --long)",
            "Grabs on any of them are served long before all were compared, and every answer is kept (promises 1, 2, 3).", ManyOpen),
    ];

    private static async Task ManyOpen(DrillContext context)
    {
        var most = Drill.Long ? 1_000_000 : 10_000;
        var cluster = await context.Deploy(Topology.OnePerRole);
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed) with { Shares = 10, AmountFen = 1000 });
        await Parallel.ForEachAsync(Enumerable.Range(0, most), new ParallelOptions { MaxDegreeOfParallelism = Callers },
            async (slot, stop) => await client.SendNew(slot, stop));
        string[] packets = [.. client.Record.PacketIds];
        await Eventually.Holds(
            async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out") == 0, Drill.Recovery, "all sends are recorded");
        context.Say($"Redis is restarted with {packets.Length} open packets");
        await cluster.Redis.Stop();
        await cluster.Redis.Start();
        await Eventually.Holds(() => Answers(cluster), Drill.Recovery, "Redis has loaded its data");

        var watch = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        foreach (var packet in Enumerable.Range(0, Tried).Select(_ => packets[context.Random.Next(packets.Length)]))
        {
            var started = Stopwatch.StartNew();
            await Eventually.Holds(() => client.Grab(packet, "alice"), Drill.Recovery, "a grab is served");
            slowest = started.Elapsed > slowest ? started.Elapsed : slowest;
        }
        var walked = await cluster.Redis.Database.HashGetAsync("{0}:meta", "walk");
        context.Say(string.Create(CultureInfo.InvariantCulture,
            $"{Tried} grabs one after the other took {watch.Elapsed.TotalSeconds:0.00} s, the slowest {slowest.TotalSeconds:0.00} s, and "
            + $"{walked} of {packets.Length} packets were compared by then"));
        Assert.True((long?)walked < packets.Length, $"all {packets.Length} packets were compared before grabs were served");
        await Eventually.Holds(
            async () => !await cluster.Redis.Database.HashExistsAsync("{0}:meta", "walk"), Drill.Recovery * 10, "all packets are compared");
        context.Say(string.Create(CultureInfo.InvariantCulture, $"all were compared after {watch.Elapsed.TotalSeconds:0.0} s"));
        await context.Compare(cluster, client, new Allowance(AskedAgain: 1000),
            string.Create(CultureInfo.InvariantCulture, $"Redis is restarted with {packets.Length} open packets"));
    }

    private static async Task<bool> Answers(Cluster cluster)
    {
        try
        {
            await cluster.Redis.Database.PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }
}
