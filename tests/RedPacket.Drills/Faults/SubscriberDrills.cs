using RedPacket.Drills.Checks;

namespace RedPacket.Drills.Faults;

/// <summary>Programs that follow the ledger fail, one after the other. Nobody else notices.</summary>
internal static class SubscriberDrills
{
    private const string Killed = "notifications";
    private const string Hung = "statistics";
    private const string Poisoned = "risk";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_lagLimit = TimeSpan.FromSeconds(5);

    // A room says once a second how far it is.
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(2);

    private static readonly Topology s_announced =
        new([new Member("grab"), new Member("relay,settle"), new Member("reconcile,announce")]);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("subscribers", "of three programs that follow the ledger one is killed, one hangs, one cannot write what it reads",
            "No grab and no other program notices, the ledger goes on, and all agree in the end (promises 6, 7, 8).",
            FailInTurn),
    ];

    private static async Task FailInTurn(DrillContext context)
    {
        var cluster = await context.Deploy(s_announced);
        using var rooms = await SubscriberPrograms.Start(cluster, Killed, Hung, Poisoned);
        List<string> figures = [];
        await context.RunUnderLoad(cluster, async client =>
        {
            figures.Add(await Watch(context, cluster, rooms, client, "before"));

            await rooms.Each[Killed].Kill();
            figures.Add(await Watch(context, cluster, rooms, client, "killed", Killed));
            await rooms.Each[Killed].Start();
            await CatchesUp(context, rooms, Killed);

            rooms.Each[Hung].Pause();
            figures.Add(await Watch(context, cluster, rooms, client, "hung", Hung));
            rooms.Each[Hung].Resume();
            await CatchesUp(context, rooms, Hung);

            DirectReaders.Execute(rooms.Store(Poisoned), """
                CREATE TRIGGER poisoned BEFORE INSERT ON user_minutes BEGIN SELECT RAISE(ABORT, 'poisoned'); END
                """);
            figures.Add(await Watch(context, cluster, rooms, client, "poisoned", Poisoned));
            DirectReaders.Execute(rooms.Store(Poisoned), "DROP TRIGGER poisoned");
            await CatchesUp(context, rooms, Poisoned);
        });
        await Eventually.Holds(
            async () => (await rooms.Progress()).All(room => room.State == "agrees" && room.Position == room.Head),
            Drill.Recovery, "all rooms have read the whole ledger and agree with it");
        context.Say("all rooms have read the whole ledger and agree with it");
        figures.ForEach(context.Say);
    }

    /// <summary>
    /// Lets the fault last while calls must go on. The others pass what the ledger has now, and the failed one stays
    /// behind. Returns how far the others and the ledger were behind.
    /// </summary>
    private static async Task<string> Watch(
        DrillContext context, Cluster cluster, SubscriberPrograms rooms, LoadClient client, string circumstances, string? failed = null)
    {
        context.Say($"{failed ?? "no room"}: {circumstances}");
        var began = (await rooms.Progress()).Max(room => room.Head);
        var unnoticed = context.ExpectUnnoticed(client, Drill.Outage);
        var (slowest, waiting) = (default(RoomProgress), 0L);
        while (!unnoticed.IsCompleted)
        {
            slowest = Others(await rooms.Progress()).Append(slowest).MaxBy(room => room?.SecondsBehind);
            waiting = Math.Max(waiting, await DirectReaders.OutboxLength(cluster.Connection));
            await Eventually.Pause(s_look);
        }
        await unnoticed;
        var head = (await rooms.Progress()).Max(room => room.Head);
        Assert.True(head > began, $"nothing is recorded, {circumstances}");
        await Eventually.Holds(
            async () => Others(await rooms.Progress()).All(room => room.Position >= head), Drill.Within(s_lagLimit),
            $"the other rooms read on, {circumstances}");
        if (failed is not null)
            Assert.True(
                (await rooms.Progress()).Single(room => room.Name == failed).Position < head, $"{failed} reads on, {circumstances}");
        var lag = FormattableString.Invariant($"{slowest?.Name} at most {slowest?.SecondsBehind:0.0} s behind the ledger");
        return $"{circumstances}: {lag}, at most {waiting} entries in the outbox";

        IEnumerable<RoomProgress> Others(IEnumerable<RoomProgress> all) => all.Where(room => room.Name != failed);
    }

    private static async Task CatchesUp(DrillContext context, SubscriberPrograms rooms, string name)
    {
        await Eventually.Holds(
            async () => (await rooms.Progress()).Any(room => room.Name == name && room.SecondsBehind < s_usual.TotalSeconds),
            Drill.Recovery, $"{name} catches up");
        context.Say($"{name} has caught up");
    }
}
