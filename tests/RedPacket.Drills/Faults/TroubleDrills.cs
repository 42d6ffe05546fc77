using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger refuses entries, or entries are lost between the packet and the outbox.</summary>
internal static class TroubleDrills
{
    private const string Refuse = """
        CREATE TRIGGER refuse BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal % 50 = 7
        BEGIN SELECT RAISE(ABORT, 'refused by the drill'); END
        """;

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("poison", "the ledger refuses some entries of every chunk until the cause is removed, and they are replayed",
            "The rest of each chunk is recorded. Refused entries are parked with a reason, and a replay records them (promises 4, 5, 6).",
            Poison, SqliteOnly: true),
        new("entries-lost", "entries vanish from the outbox after the packet was written, as in a crash between the two",
            "Repair restores entries from the packet when outbox and ledger lack them, and the report names the repair (promises 1, 4).",
            EntriesLost),
        new("lanes", "30 % of the ledger's writes fail for every second packet, for a transient cause",
            "Redelivered entries use the slow lane, and live entries do not wait behind them (promises 4, 5).", Lanes, SqliteOnly: true),
    ];

    private static async Task Poison(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await context.RunUnderLoad(cluster, async client =>
        {
            DirectReaders.Execute(cluster.Ledger, Refuse);
            var (won, recorded) = (client.Record.Won.Count, Recorded(cluster));
            await Eventually.Holds(() => client.Record.Won.Count > won + 1000 && Parked(cluster) > 10,
                Drill.Recovery, "shares are won and entries are parked");
            await Eventually.Holds(() => Recorded(cluster) > recorded + 900, Drill.Recovery, "the rest is recorded");
            context.Say(string.Create(CultureInfo.InvariantCulture, $"{Parked(cluster)} entries are parked, the rest is recorded"));
            DirectReaders.Execute(cluster.Ledger, "DROP TRIGGER refuse");
            await Replay(cluster);
        }, allowed: new Allowance(Inconsistent: true));
    }

    private static async Task EntriesLost(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        await context.RunUnderLoad(cluster, async _ =>
        {
            // While settlement is paused, new entries are only in the outbox.
            cluster.Settler.Pause();
            await Eventually.Holds(async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out") > 200,
                Drill.Recovery, "entries wait in the outbox");
            var lost = await cluster.Redis.Database.SortedSetRemoveRangeByRankAsync("{0}:out", -100, -1);
            context.Say($"{lost} entries are lost");
            cluster.Settler.Resume();
            await Eventually.Holds(async () => Repaired(await cluster.Report()) > 0, Drill.Recovery, "the report names the repair");
        }, allowed: new Allowance(Inconsistent: true));
    }

    // Only the long form is long enough to judge the speed. The short form reports it.
    private static async Task Lanes(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed);
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        var duration = TimeSpan.FromSeconds(Drill.Long ? 20 : 2);
        var figures = await new LanesMeasurement(cluster, client, context.Say).Run(duration, pairs: Drill.Long ? 3 : 1);
        context.Say(figures.ToString());
        string[] slower = Drill.Long && figures.Ratio > 1.5 ? [$"live entries waited: {figures}"] : [];
        var fault = FormattableString.Invariant(
            $"30 % of the ledger's writes fail for every second packet, lag p99 of the others {figures.Ratio:F2} times the healthy one");
        await context.Compare(cluster, client, faultText: fault, alarms: slower);
    }

    private static long Parked(Cluster cluster) => DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM parked");

    private static long Recorded(Cluster cluster) =>
        DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM transfers");

    private static long Repaired(JsonElement report) => report.GetProperty("healed").EnumerateArray()
        .Where(healed => healed.GetProperty("action").GetString() == "repair")
        .Sum(healed => healed.GetProperty("entries").GetInt64());

    private static async Task Replay(Cluster cluster)
    {
        using var all = new StringContent("""{"all":true}""", Encoding.UTF8, "application/json");
        var (status, body) = await cluster.Call(
            cluster.Reconciler, HttpMethod.Post, "/api/v1/parked/replays", "olga", asOperator: true, all);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(body)}");
    }
}
