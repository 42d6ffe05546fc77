using System.Globalization;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger is locked for so long that what waits for it piles up, or the broker loses its patience.</summary>
internal static class WaitingDrills
{
    private const int SharesOfAPacket = 1000;
    private const int Callers = 32;
    private const int MostAskedAgain = 20_000;
    private const int Readings = 5;
    private const long Megabyte = 1024 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("million-waiting", "entries wait in the outbox by the hundred thousand (--long: a million), because the ledger is locked",
            "The memory of every process is the same as when a tenth of them waited; all drains when the ledger is free (promises 4, 5, 7).", MillionWaiting),
        new("consumer-timeout", "RabbitMQ closes the channels of consumers that hold a message for too long, because the ledger is locked",
            "No grab notices, no process is restarted; what is delivered again is booked once (promises 4, 5, 7).", ConsumerTimeout),
    ];

    // Grabs as anybody makes them, by HTTP: some thousand a second on two cores.
    private static async Task MillionWaiting(DrillContext stage)
    {
        var most = Drill.Long ? 1_000_000 : 100_000;
        var cluster = await stage.Deploy(Topology.Apart);
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed) with { Shares = SharesOfAPacket, AmountFen = 100 * SharesOfAPacket });
        long[] before, after;
        using (DirectReaders.Lock(cluster.Ledger))
        {
            stage.Say("the ledger is locked");
            await Fill(stage, client, most / 10);
            before = await Memory(stage, cluster, most / 10);
            await Fill(stage, client, most);
            after = await Memory(stage, cluster, most);
        }
        stage.Say("the ledger is free");
        await stage.Compare(cluster, client, new Allowance(AskedAgain: MostAskedAgain),
            string.Create(CultureInfo.InvariantCulture, $"{most} entries wait in the outbox, because the ledger is locked"));
        Assert.All(before.Zip(after), pair => Assert.True(pair.Second <= pair.First * 1.2 || pair.Second <= pair.First + 64 * Megabyte,
            $"memory grew from {pair.First / Megabyte} to {pair.Second / Megabyte} MB"));
    }

    /// <summary>Sends packets and grabs all of their shares until so many are won.</summary>
    private static async Task Fill(DrillContext stage, LoadClient client, int entries)
    {
        var said = TimeProvider.System.GetTimestamp();
        while (client.Record.Won.Count < entries)
        {
            var packetId = await client.SendNew(0, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("no packet was sent");
            await Parallel.ForEachAsync(Enumerable.Range(0, SharesOfAPacket), new ParallelOptions { MaxDegreeOfParallelism = Callers },
                async (user, _) => await client.Grab(packetId, string.Create(CultureInfo.InvariantCulture, $"user{user}")));
            if (TimeProvider.System.GetElapsedTime(said) < TimeSpan.FromSeconds(10))
                continue;
            stage.Say($"{client.Record.Won.Count} shares are won");
            said = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>
    /// Bytes of each process, while all of it waits and after reports of it were asked for: the least of some readings, for what is garbage already comes and goes
    /// (one process swung by 30 MB while nothing changed).
    /// </summary>
    private static async Task<long[]> Memory(DrillContext stage, Cluster cluster, int entries)
    {
        var waiting = await DirectReaders.Outbox(cluster.Redis.Server, cluster.Redis.Database);
        Assert.True(waiting >= entries, $"{waiting} entries wait, not {entries}");
        long[] memory = [.. cluster.Processes.Select(_ => long.MaxValue)];
        for (var reading = 0; reading < Readings; reading++)
        {
            Assert.Equal("CONVERGING", (await cluster.Report()).GetProperty("verdict").GetString());
            memory = [.. memory.Zip(cluster.Processes, (least, process) => Math.Min(least, process.Memory))];
            await Eventually.Pause(TimeSpan.FromSeconds(2));
        }
        stage.Say($"{waiting} entries wait; grab, relay, settle, reconcile use {string.Join(", ", memory.Select(bytes => bytes / Megabyte))} MB");
        return memory;
    }

    private static async Task ConsumerTimeout(DrillContext stage)
    {
        await stage.Rabbit.SetConsumerTimeout(s_patience, TimeSpan.FromSeconds(2));
        try
        {
            var cluster = await stage.Deploy(Topology.Apart);
            await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
            int[] ids = [.. cluster.Processes.Select(process => process.Id)];
            await stage.Under(cluster, async client =>
            {
                using (DirectReaders.Lock(cluster.Ledger))
                {
                    stage.Say("the ledger is locked");
                    var before = Closed(stage);
                    await Eventually.Holds(() => Closed(stage) > before, s_patience * 4, "RabbitMQ closes a channel");
                    stage.Say("RabbitMQ has closed a channel");
                    await stage.Unnoticed(client, Drill.Outage);
                }
                stage.Say("the ledger is free");
            });
            Assert.Equal(ids, cluster.Processes.Select(process => process.IsRunning ? process.Id : 0));
        }
        finally
        {
            await stage.Rabbit.ResetConsumerTimeout();
        }
    }

    private static int Closed(DrillContext stage) => stage.Rabbit.Log.Split("has timed out waiting", StringSplitOptions.None).Length - 1;
}
