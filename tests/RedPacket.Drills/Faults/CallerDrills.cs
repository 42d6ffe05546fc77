using System.Text;
using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>Callers that do what callers do, all at once, and processes whose clocks are wrong.</summary>
internal static class CallerDrills
{
    private const int Everywhere = 50;
    private const int AtOnce = 10;
    private static readonly TimeSpan s_wrong = TimeSpan.FromMinutes(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("same-user", $"one user grabs the same packets from {Everywhere} connections through two processes, one of which is killed",
            "One share each, and every connection hears the same bytes (promise 3).", SameUser),
        new("expiry-storm", "hundreds of packets expire while they are grabbed, and three processes sweep",
            "Of each packet: granted + refunded = funded, with one refund at most (promises 2, 4).", ExpiryStorm),
        new("clock-off", "one grab process's clock is ten minutes ahead, another's ten minutes behind",
            "Expiry and order are Redis's: nothing differs (promises 2, 3).", ClockOff),
        new("outbox-full", "the ledger is locked until the outbox is full",
            "503 outbox_full with Retry-After, winners still hear of their share, and all recovers without a restart (promises 1, 3, 7).", OutboxFull),
    ];

    private static async Task SameUser(DrillContext stage)
    {
        var cluster = await stage.Deploy(new Topology([new Member("grab"), new Member("grab"), new Member("relay,settle"), new Member("reconcile")]));
        using var client = cluster.Client(LoadPlan.Moderate(stage.Seed));
        await using var watch = new VerdictWatch(cluster);
        await stage.Load(client, async () =>
        {
            for (var round = 1; round <= stage.Rounds; round++)
            {
                await stage.Moment(Drill.Calm);
                stage.Say($"killing a grab process, round {round} of {stage.Rounds}");
                await cluster.Having("grab")[1].Kill();
                await cluster.Having("grab")[1].Start();
            }
            await Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "enough packets were grabbed");
        }, stop => Storm(client, stop));
        await stage.Compare(cluster, client, alarms: watch.Alarms);
    }

    private static async Task Storm(LoadClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var packets = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(slot => client.SendNew(slot, stop)));
            await Task.WhenAll(Enumerable.Range(0, Everywhere).Select(async connection =>
            {
                for (var i = 0; i < AtOnce; i++)
                    if (packets[(connection + i) % AtOnce] is { } packetId)
                        await client.Grab(packetId, "everywhere");
            }));
        }
    }

    private static async Task ExpiryStorm(DrillContext stage)
    {
        var layout = new Topology([new Member("grab"), new Member("relay,settle"), new Member("reconcile"), new Member("reconcile"), new Member("reconcile")]);
        var cluster = await stage.Deploy(layout.With(("Packets:MinExpiry", "00:00:01"), ("Packets:SweepEvery", "00:00:00.1")));
        var plan = LoadPlan.Moderate(stage.Seed) with { OpenPackets = 60, ExpiresInSeconds = 1 + (stage.Seed % 2), Pace = TimeSpan.Zero };
        await stage.Under(cluster, client => Eventually.Holds(() => client.Record.PacketIds.Count() > (Drill.Long ? 1000 : 200), Drill.Recovery, "hundreds of packets were sent"), plan);
        await Eventually.Yields(() => Task.FromResult(NotEven(cluster.Ledger)), uneven => uneven.Length == 0, what: "granted + refunded = funded for each packet in the ledger");
    }

    // Packets of which granted + refunded is not funded (one that is open still is among them), or that were refunded twice.
    private static string NotEven(string ledger) => string.Join('\n', DirectReaders.Texts(ledger, """
        SELECT p.packet_id || ': funded ' || sum(CASE WHEN t.kind = 1 THEN t.amount_fen ELSE 0 END) || ', granted ' || sum(CASE WHEN t.kind = 2 THEN t.amount_fen ELSE 0 END)
          || ', refunded ' || sum(CASE WHEN t.kind = 3 THEN t.amount_fen ELSE 0 END) || ' in ' || count(*) FILTER (WHERE t.kind = 3)
        FROM packets p JOIN transfers t ON t.packet = p.number GROUP BY p.packet_id
        HAVING sum(CASE WHEN t.kind = 1 THEN t.amount_fen ELSE 0 END) <> sum(CASE WHEN t.kind IN (2, 3) THEN t.amount_fen ELSE 0 END) OR count(*) FILTER (WHERE t.kind = 3) > 1
        LIMIT 10
        """));

    private static async Task ClockOff(DrillContext stage)
    {
        var layout = new Topology([Off("00:10:00"), Off("-00:10:00"), new Member("relay,settle"), new Member("reconcile")]);
        var cluster = await stage.Deploy(layout.With(("Packets:MinExpiry", "00:00:01")));
        var plan = LoadPlan.Moderate(stage.Seed) with { ExpiresInSeconds = 3 };
        var began = TimeProvider.System.GetUtcNow();
        await stage.Under(cluster, async client =>
        {
            await Eventually.Pause(Drill.Outage);
            var ended = TimeProvider.System.GetUtcNow();
            foreach (var sent in client.Record.Sends.Values.Where(sent => sent.Answer is not null).Select(sent => JsonDocument.Parse(sent.Answer!).RootElement))
            {
                var (created, expires) = (sent.GetProperty("createdAt").GetDateTimeOffset(), sent.GetProperty("expiresAt").GetDateTimeOffset());
                Assert.True(created > began - s_wrong / 2 && created < ended + s_wrong / 2 && expires - created == TimeSpan.FromSeconds(3), $"the packet's times are not Redis's: {sent}");
            }
        }, plan);
    }

    private static Member Off(string by) => new("grab", Demo: true, Settings: new Dictionary<string, string> { ["Demo:ClockOffset"] = by });

    private static async Task OutboxFull(DrillContext stage)
    {
        var cluster = await stage.Deploy(Topology.Deployed.With(("Outbox:Limit", "400")));
        await stage.Under(cluster, async client =>
        {
            using var locked = DirectReaders.Lock(cluster.Ledger);
            stage.Say("the ledger is locked until the outbox is full");
            await Eventually.Holds(() => client.Record.Unavailable > 50, Drill.Recovery, "grabs are refused");
            var winner = client.Record.Won.First();
            var (status, body) = await Grab(cluster, winner.Key.PacketId, winner.Key.UserId);
            Assert.True(status == 200 && body.SequenceEqual(winner.Value.Answer), $"a winner who asked again while the outbox is full: {status} {Encoding.UTF8.GetString(body)}");
            // A packet with shares left: the newest one.
            await Eventually.Holds(async () => await OpenPacket(client) is { } open && await Grab(cluster, open, "latecomer") is (503, var refusal)
                && Encoding.UTF8.GetString(refusal).Contains("\"outbox_full\"", StringComparison.Ordinal), what: "a new grab is answered 503 outbox_full");
            await Eventually.Pause(Drill.Calm);
            locked.Dispose();
            stage.Say("the ledger is free");
            await stage.Answers(client);
        });
        Assert.Equal(0, stage.Outcomes[^1].Unanswered);

        async Task<string?> OpenPacket(LoadClient client)
        {
            foreach (var packetId in client.Record.PacketIds)
            {
                var (_, body) = await cluster.Call(cluster.Grab, HttpMethod.Get, $"/api/v1/packets/{packetId}", "olga");
                if (JsonDocument.Parse(body).RootElement.GetProperty("state").GetString() == "open")
                    return packetId;
            }
            return null;
        }
    }

    private static Task<(int Status, byte[] Body)> Grab(Cluster cluster, string packetId, string user) => cluster.Call(cluster.Grab, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", user);
}
