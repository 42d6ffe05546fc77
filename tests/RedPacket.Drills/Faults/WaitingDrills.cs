using System.Globalization;

namespace RedPacket.Drills.Faults;

/// <summary>
/// The ledger is locked so long that entries pile up, or that the broker closes the consumers' channels.
/// </summary>
internal static class WaitingDrills
{
    private const int SharesOfAPacket = 1000;
    private const int Callers = 32;
    private const int MostAskedAgain = 20_000;
    private const int Readings = 5;
    private const long Megabyte = 1024 * 1024;
    private static readonly TimeSpan s_consumerTimeout = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("million-waiting", "100000 entries (a million with --long) wait in the outbox, because the ledger is locked",
            "Every process uses as much memory as with a tenth of them, and all drain when the ledger is unlocked (promises 4, 5, 7).",
            MillionWaiting),
        new("consumer-timeout", "RabbitMQ closes the channels of consumers that hold a message for too long, because the ledger is locked",
            "No grab notices, no process restarts, and redelivered entries are recorded once (promises 4, 5, 7).", ConsumerTimeout),
    ];

    // All grabs go by HTTP, some thousand a second on two cores.
    private static async Task MillionWaiting(DrillContext context)
    {
        var most = Drill.Long ? 1_000_000 : 100_000;
        var cluster = await context.Deploy(Topology.OnePerRole);
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        var plan = LoadPlan.Moderate(context.Seed) with { Shares = SharesOfAPacket, AmountFen = 100 * SharesOfAPacket };
        using var client = cluster.Client(plan);
        long[] before, after;
        using (DirectReaders.Lock(cluster.Ledger))
        {
            context.Say("the ledger is locked");
            await Fill(context, client, most / 10);
            before = await Memory(context, cluster, most / 10);
            await Fill(context, client, most);
            after = await Memory(context, cluster, most);
        }
        context.Say("the ledger is unlocked");
        await context.Compare(cluster, client, new Allowance(AskedAgain: MostAskedAgain),
            string.Create(CultureInfo.InvariantCulture, $"{most} entries wait in the outbox, because the ledger is locked"));
        Assert.All(before.Zip(after), pair => Assert.True(
            pair.Second <= pair.First * 1.2 || pair.Second <= pair.First + 64 * Megabyte,
            $"memory grew from {pair.First / Megabyte} to {pair.Second / Megabyte} MB"));
    }

    /// <summary>Sends packets and grabs all their shares until enough are won.</summary>
    private static async Task Fill(DrillContext context, LoadClient client, int entries)
    {
        var said = TimeProvider.System.GetTimestamp();
        while (client.Record.Won.Count < entries)
        {
            var packetId = await client.SendNew(0, CancellationToken.None)
                ?? throw new InvalidOperationException("no packet was sent");
            await Parallel.ForEachAsync(Enumerable.Range(0, SharesOfAPacket), new ParallelOptions { MaxDegreeOfParallelism = Callers },
                async (user, _) => await client.Grab(packetId, string.Create(CultureInfo.InvariantCulture, $"user{user}")));
            if (TimeProvider.System.GetElapsedTime(said) < TimeSpan.FromSeconds(10))
                continue;
            context.Say($"{client.Record.Won.Count} shares are won");
            said = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>
    /// Returns the bytes that each process uses while the entries wait and reports are read. It takes the least of
    /// several readings, because garbage moves a single one by 30 MB.
    /// </summary>
    private static async Task<long[]> Memory(DrillContext context, Cluster cluster, int entries)
    {
        var waiting = await DirectReaders.OutboxLength(cluster.Connection);
        Assert.True(waiting >= entries, $"{waiting} entries wait, not {entries}");
        long[] memory = [.. cluster.Processes.Select(_ => long.MaxValue)];
        for (var reading = 0; reading < Readings; reading++)
        {
            Assert.Equal("CONVERGING", (await cluster.Report()).GetProperty("verdict").GetString());
            memory = [.. memory.Zip(cluster.Processes, (least, process) => Math.Min(least, process.Memory))];
            await Eventually.Pause(TimeSpan.FromSeconds(2));
        }
        var megabytes = string.Join(", ", memory.Select(bytes => bytes / Megabyte));
        context.Say($"{waiting} entries wait, and grab, relay, settle, reconcile use {megabytes} MB");
        return memory;
    }

    private static async Task ConsumerTimeout(DrillContext context)
    {
        await context.Rabbit.SetConsumerTimeout(s_consumerTimeout, TimeSpan.FromSeconds(2));
        try
        {
            var cluster = await context.Deploy(Topology.OnePerRole);
            await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
            int[] ids = [.. cluster.Processes.Select(process => process.Id)];
            await context.RunUnderLoad(cluster, async client =>
            {
                using (DirectReaders.Lock(cluster.Ledger))
                {
                    context.Say("the ledger is locked");
                    var before = ClosedChannels(context);
                    await Eventually.Holds(() => ClosedChannels(context) > before, Drill.Recovery, "RabbitMQ closes a channel");
                    context.Say("RabbitMQ has closed a channel");
                    await context.ExpectUnnoticed(client, Drill.Outage);
                }
                context.Say("the ledger is unlocked");
            });
            Assert.Equal(ids, cluster.Processes.Select(process => process.IsRunning ? process.Id : 0));
        }
        finally
        {
            await context.Rabbit.ResetConsumerTimeout();
        }
    }

    private static int ClosedChannels(DrillContext context) =>
        context.Rabbit.Log.Split("has timed out waiting", StringSplitOptions.None).Length - 1;
}
