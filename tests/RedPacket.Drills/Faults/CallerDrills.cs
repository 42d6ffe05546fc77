using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Faults;

/// <summary>Many callers at the same moment, and processes with wrong clocks.</summary>
internal static class CallerDrills
{
    private const int Connections = 50;
    private const int PacketsAtATime = 10;
    private static readonly TimeSpan s_clockOffset = TimeSpan.FromMinutes(10);

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("same-user", $"one user grabs the same packets from {Connections} connections through two processes, one of which is killed",
            "The user gets one share of each packet, and every connection gets the same bytes (promise 3).", SameUser),
        new("expiry-storm", "hundreds of packets expire during grabs, and three processes close them",
            "For each packet granted + refunded = funded, with at most one refund (promises 2, 4).", ExpiryStorm),
        new("clock-off", "of two processes for each role, one has a clock that is ten minutes ahead, the other ten minutes behind",
            "Redis's clock decides expiry and order, so nothing differs (promises 2, 3).", ClockOff),
        new("outbox-full", "the ledger is locked until the outbox is full",
            "Grabs get 503 outbox_full with Retry-After, winners still get their share, and no restart is needed (promises 1, 3, 7).",
            OutboxFull),
    ];

    private static async Task SameUser(DrillContext context)
    {
        Member[] members = [new Member("grab"), new Member("grab"), new Member("relay,settle"), new Member("reconcile")];
        var cluster = await context.Deploy(new Topology(members));
        using var client = cluster.Client(LoadPlan.Moderate(context.Seed));
        await using var watch = new VerdictWatch(cluster);
        await context.Load(client, async () =>
        {
            for (var round = 1; round <= context.Rounds; round++)
            {
                await context.PauseUpTo(Drill.Calm);
                context.Say($"killing a grab process, round {round} of {context.Rounds}");
                await cluster.WithRole("grab")[1].Kill();
                await cluster.WithRole("grab")[1].Start();
            }
            await Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "enough packets were grabbed");
        }, stop => Storm(client, stop));
        await context.Compare(cluster, client, alarms: watch.Alarms);
    }

    private static async Task Storm(LoadClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var packets = await Task.WhenAll(Enumerable.Range(0, PacketsAtATime).Select(slot => client.SendNew(slot, stop)));
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(async connection =>
            {
                for (var i = 0; i < PacketsAtATime; i++)
                    if (packets[(connection + i) % PacketsAtATime] is { } packetId)
                        await client.Grab(packetId, "everywhere");
            }));
        }
    }

    private static async Task ExpiryStorm(DrillContext context)
    {
        var reconciler = new Member("reconcile");
        var topology = new Topology([new Member("grab"), new Member("relay,settle"), reconciler, reconciler, reconciler]);
        var cluster = await context.Deploy(topology.With(("Packets:MinExpiry", "00:00:01"), ("Packets:SweepEvery", "00:00:00.1")));
        var expiry = 1 + (context.Seed % 2);
        var plan = LoadPlan.Moderate(context.Seed) with { OpenPackets = 60, ExpiresInSeconds = expiry, Pace = TimeSpan.Zero };
        var enough = Drill.Long ? 1000 : 200;
        await context.RunUnderLoad(cluster, client =>
            Eventually.Holds(() => client.Record.PacketIds.Count() > enough, Drill.Recovery, "hundreds of packets were sent"), plan);
        await Eventually.Yields(() => Task.FromResult(Unbalanced(cluster.Ledger)), packets => packets.Length == 0,
            what: "granted + refunded = funded for each packet in the ledger");
    }

    // Packets whose granted + refunded differs from funded (open ones among them), and packets with two refunds.
    private static string Unbalanced(string ledger) => string.Join('\n', DirectReaders.Texts(ledger, """
        SELECT packet_id || ': funded ' || funded || ', granted ' || granted || ', refunded ' || refunded || ' in ' || refunds
        FROM (
          SELECT p.packet_id,
            sum(CASE WHEN t.kind = 1 THEN t.amount_fen ELSE 0 END) AS funded,
            sum(CASE WHEN t.kind = 2 THEN t.amount_fen ELSE 0 END) AS granted,
            sum(CASE WHEN t.kind = 3 THEN t.amount_fen ELSE 0 END) AS refunded,
            count(*) FILTER (WHERE t.kind = 3) AS refunds
          FROM packets p JOIN transfers t ON t.packet = p.number GROUP BY p.packet_id) AS sums
        WHERE funded <> granted + refunded OR refunds > 1
        LIMIT 10
        """));

    private static async Task ClockOff(DrillContext context)
    {
        string[] roles = ["grab", "relay", "settle", "reconcile"];
        var topology = new Topology([.. roles.Select(role => Off(role, "00:10:00")), .. roles.Select(role => Off(role, "-00:10:00"))]);
        var cluster = await context.Deploy(topology.With(("Packets:MinExpiry", "00:00:01")));
        var plan = LoadPlan.Moderate(context.Seed) with { ExpiresInSeconds = 3 };
        var began = TimeProvider.System.GetUtcNow();
        await context.RunUnderLoad(cluster, async client =>
        {
            await Eventually.Pause(Drill.Outage);
            // Another opening, so that each process that opens, relays and settles has met a run of the other clock.
            await cluster.Redis.ChangeReplicationId();
            await context.WaitForAnswers(client);
            var ended = TimeProvider.System.GetUtcNow();
            foreach (var answer in client.Record.Sends.Values.Select(sent => sent.Answer).OfType<byte[]>())
            {
                var packet = JsonDocument.Parse(answer).RootElement;
                var created = packet.GetProperty("createdAt").GetDateTimeOffset();
                var expires = packet.GetProperty("expiresAt").GetDateTimeOffset();
                var isByRedis = created > began - s_clockOffset / 2 && created < ended + s_clockOffset / 2;
                Assert.True(isByRedis && expires - created == TimeSpan.FromSeconds(3), $"these times are not by Redis's clock: {packet}");
            }
        }, plan);
    }

    private static Member Off(string role, string by) =>
        new(role, Demo: true, Settings: new Dictionary<string, string> { ["Demo:ClockOffset"] = by });

    private static async Task OutboxFull(DrillContext context)
    {
        var cluster = await context.Deploy(Topology.Deployed.With(("Outbox:Limit", "400")));
        await context.RunUnderLoad(cluster, async client =>
        {
            using var locked = DirectReaders.Lock(cluster.Ledger);
            context.Say("the ledger is locked until the outbox is full");
            await Eventually.Holds(() => client.Record.Unavailable > 50, Drill.Recovery, "grabs are refused");
            var winner = client.Record.Won.First();
            var (status, body) = await Grab(cluster, winner.Key.PacketId, winner.Key.UserId);
            Assert.True(status == 200 && body.SequenceEqual(winner.Value.Answer),
                $"a winner asked again while the outbox is full: {status} {Encoding.UTF8.GetString(body)}");
            await Eventually.Holds(() => IsNewGrabRefused(cluster, client), what: "a new grab is answered 503 outbox_full");
            await Eventually.Pause(Drill.Calm);
            locked.Dispose();
            context.Say("the ledger is unlocked");
            await context.WaitForAnswers(client);
        });
        Assert.Equal(0, context.Outcomes[^1].Unanswered);
    }

    private static async Task<bool> IsNewGrabRefused(Cluster cluster, LoadClient client) =>
        await OpenPacket(cluster, client) is { } packetId && await Grab(cluster, packetId, "latecomer") is (503, var refusal)
            && Encoding.UTF8.GetString(refusal).Contains("\"outbox_full\"", StringComparison.Ordinal);

    private static async Task<string?> OpenPacket(Cluster cluster, LoadClient client)
    {
        foreach (var packetId in client.Record.PacketIds)
        {
            var (_, body) = await cluster.Call(cluster.Grabber, HttpMethod.Get, $"/api/v1/packets/{packetId}", "olga");
            if (JsonDocument.Parse(body).RootElement.GetProperty("state").GetString() == "open")
                return packetId;
        }
        return null;
    }

    private static Task<(int Status, byte[] Body)> Grab(Cluster cluster, string packetId, string user) =>
        cluster.Call(cluster.Grabber, HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", user);
}
