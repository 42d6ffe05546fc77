using System.Diagnostics;
using System.Globalization;
using RedPacket.Drills.Checks;

namespace RedPacket.Drills.Faults;

/// <summary>Crowds look at one packet at two processes, and one of these loses Redis.</summary>
internal static class ViewerDrills
{
    private const int Viewers = 100;
    private const int Shares = 600;
    private static readonly TimeSpan s_promised = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("broadcast", $"{Viewers} callers watch a packet at each of two processes, and one of these loses Redis for a while",
            "Each share is at each viewer within a second, and the process that was cut off brings all of them (promises 7, 8).",
            Broadcast),
    ];

    private static async Task Broadcast(DrillContext context)
    {
        await using var redis = new RedisServer();
        await redis.Start();
        await using var way = new TcpProxy(redis.Port);
        var behind = new Dictionary<string, string>
        {
            ["ConnectionStrings:Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{way.Port},abortConnect=false"),
        };
        Member[] members = [new("grab"), new("grab", Settings: behind), new("relay,settle"), new("reconcile")];
        var cluster = await context.Deploy(new Topology(members, Redis: redis.ConnectionString));
        var (kept, cutOff) = (cluster.WithRole("grab")[0], cluster.WithRole("grab")[1]);
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed) with { Shares = Shares, AmountFen = 100 * Shares }, [kept]);
        await using var watch = new VerdictWatch(cluster);
        await context.Load(client, async () =>
        {
            var packet = (await client.SendNew(0, CancellationToken.None))!;
            await using var near = new PacketViewers(cluster, kept, packet, Viewers);
            await using var far = new PacketViewers(cluster, cutOff, packet, Viewers);
            await Eventually.Holds(() => near.AllListen && far.AllListen, Drill.Recovery, "all viewers listen");

            await Grab(client, packet, 1, Shares / 3);
            await Eventually.Holds(() => near.AllSaw(Shares / 3) && far.AllSaw(Shares / 3), Drill.Recovery, "all have seen a third");
            context.Say(FormattableString.Invariant($"both processes: {Text([.. near.Delays.Concat(far.Delays).Order()])}"));

            way.BlackHole();
            context.Say("one process has lost Redis");
            await Grab(client, packet, (Shares / 3) + 1, Shares);
            await Eventually.Holds(() => near.AllSaw(Shares), Drill.Recovery, "the viewers of the other have seen all");
            Assert.True(near.Delays[^1] < Drill.Within(s_promised).TotalSeconds, $"a share came late: {Text(near.Delays)}");
            Assert.False(far.AllSaw(Shares), "the process that has lost Redis tells what it cannot know");
            context.Say($"the other process: {Text(near.Delays)}");

            way.Heal();
            var healed = Stopwatch.StartNew();
            await Eventually.Holds(() => far.AllSaw(Shares), Drill.Recovery, "the viewers that were cut off have seen all");
            context.Say(FormattableString.Invariant(
                $"the viewers that were cut off have all shares {healed.Elapsed.TotalSeconds:0.0} s after it has Redis again"));
        });
        await context.Compare(cluster, client, alarms: watch.Alarms);
    }

    private static async Task Grab(LoadClient client, string packet, int first, int last)
    {
        for (var number = first; number <= last; number++)
        {
            while (!await client.Grab(packet, string.Create(CultureInfo.InvariantCulture, $"guest{number}")))
                await Eventually.Pause(s_pace);
            await Eventually.Pause(s_pace);
        }
    }

    private static string Text(double[] delays) => FormattableString.Invariant(
        $"{delays.Length} shares seen, half of them within {delays[delays.Length / 2]:0.00} s, all within {delays[^1]:0.00} s");
}
