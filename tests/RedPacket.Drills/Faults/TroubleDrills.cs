using System.Globalization;
using System.Text;
using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>Entries that the ledger refuses, and entries that were lost between the packet and the outbox.</summary>
internal static class TroubleDrills
{
    private const string Refuse = "CREATE TRIGGER refuse BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal % 50 = 7 BEGIN SELECT RAISE(ABORT, 'refused by the drill'); END";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("poison", "the ledger refuses some entries of every chunk, until the cause is taken away and they are replayed",
            "The rest of each chunk is recorded at once; the refused are parked with a reason and booked by a replay (promises 4, 5, 6).", async stage =>
            {
                // Larger chunks than the load would make by itself: the relay begins when a thousand entries wait.
                var cluster = await stage.Deploy(Topology.Deployed);
                await stage.Under(cluster, async client =>
                {
                    DirectReaders.Execute(cluster.Ledger, Refuse);
                    var (before, booked) = (client.Record.Won.Count, Booked(cluster));
                    await Eventually.Holds(() => client.Record.Won.Count > before + 1000 && Parked(cluster) > 10, Drill.Recovery, "shares are won and entries are parked");
                    await Eventually.Holds(() => Booked(cluster) > booked + 900, Drill.Recovery, "the rest is recorded");
                    stage.Say(string.Create(CultureInfo.InvariantCulture, $"{Parked(cluster)} entries are parked, the rest goes on"));
                    DirectReaders.Execute(cluster.Ledger, "DROP TRIGGER refuse");
                    await Replay(cluster);
                }, allowed: new Allowance(Inconsistent: true));
            }, SqliteOnly: true),
        new("entries-lost", "entries vanish from the outbox after the packet was written, as by a crash between the two",
            "Repair puts back what is in neither outbox nor ledger, from the packet's own record; the report names what was healed (promises 1, 4).", async stage =>
            {
                var cluster = await stage.Deploy(Topology.Deployed);
                await stage.Under(cluster, async _ =>
                {
                    // While settlement stands still every entry is in the outbox, and nowhere else.
                    cluster.Books.Pause();
                    await Eventually.Holds(async () => await cluster.Redis.Database.SortedSetLengthAsync("{0}:out") > 200, Drill.Recovery, "entries wait in the outbox");
                    var lost = await cluster.Redis.Database.SortedSetRemoveRangeByRankAsync("{0}:out", -100, -1);
                    stage.Say($"{lost} entries are lost");
                    cluster.Books.Resume();
                    await Eventually.Holds(async () => Healed(await cluster.Report()) > 0, Drill.Recovery, "the report says what was healed");
                }, allowed: new Allowance(Inconsistent: true));
            }),
        new("lanes", "30 % of the ledger's writes fail for every second packet, for a passing cause",
            "What comes again goes by the slow lane; live entries do not wait behind it (promises 4, 5).", Lanes, SqliteOnly: true),
    ];

    // Speed is said, and judged only where there was time to measure it.
    private static async Task Lanes(DrillContext stage)
    {
        var cluster = await stage.Deploy(Topology.Deployed);
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        var figures = await new LanesMeasurement(cluster, client, stage.Say).Run(TimeSpan.FromSeconds(Drill.Long ? 20 : 2), pairs: Drill.Long ? 3 : 1);
        stage.Say(figures.ToString());
        string[] slower = Drill.Long && figures.Ratio > 1.5 ? [$"live entries waited: {figures}"] : [];
        await stage.Compare(cluster, client, faultInWords: string.Create(CultureInfo.InvariantCulture,
            $"30 % of the ledger's writes fail for every second packet; lag p99 of the others {figures.Ratio:F2} times that of the healthy run"), alarms: slower);
    }

    private static long Parked(Cluster cluster) => DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM parked");

    private static long Booked(Cluster cluster) => DirectReaders.Number(cluster.Ledger, "SELECT count(*) FROM transfers");

    private static long Healed(JsonElement report) =>
        report.GetProperty("healed").EnumerateArray().Where(healed => healed.GetProperty("action").GetString() == "repair").Sum(healed => healed.GetProperty("entries").GetInt64());

    private static async Task Replay(Cluster cluster)
    {
        using var all = new StringContent("""{"all":true}""", Encoding.UTF8, "application/json");
        var (status, body) = await cluster.Call(cluster.Desk, HttpMethod.Post, "/api/v1/parked/replays", "olga", asOperator: true, all);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(body)}");
    }
}
