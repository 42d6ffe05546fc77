using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Faults;

/// <summary>The house grows while it works, and works while its programs are replaced.</summary>
internal static class HouseDrills
{
    private static readonly Member[] s_several =
    [
        new("grab"), new("grab"), new("relay"), new("relay"), new("settle"), new("settle"), new("reconcile"), new("reconcile"),
    ];

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("shards-raised", "the number of shards is raised from 1 to 8 in three steps, and a reconcile process is killed during each",
            "No call is refused, each key has one packet, and all processes follow without a restart (promises 2, 4, 7, 8).", Raised),
        new("two-versions", "two builds of the program, whose scripts differ by a comment, serve the same Redis",
            "Nobody is refused, and no gate shuts (promises 7, 8).", TwoVersions),
        new("settlement-paused", "an operator pauses settlement, and one of two settling processes is killed during the pause",
            "Grabs go on. Nothing is recorded until settlement is resumed, and then everything is (promises 4, 5, 7).", Paused),
    ];

    private static async Task Paused(DrillContext context)
    {
        var cluster = await context.Deploy(new Topology(s_several));
        await context.RunUnderLoad(cluster, async client =>
        {
            await Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won");
            await CallPause(cluster, HttpMethod.Put, """{"reason":"a drill"}""");
            // Each process looks within a second, and may be in a transaction.
            await Eventually.Holds(async () =>
            {
                var before = await Head(cluster);
                await Eventually.Pause(TimeSpan.FromSeconds(3));
                return before == await Head(cluster);
            }, Drill.Recovery, "nothing more is recorded");
            context.Say("settlement is paused");
            var head = await Head(cluster);
            var settler = cluster.WithRole("settle")[0];
            await settler.Kill();
            await settler.Start();
            await context.ExpectUnnoticed(client, Drill.Outage);
            Assert.Equal(head, await Head(cluster));
            await CallPause(cluster, HttpMethod.Delete);
            context.Say("settlement is resumed");
        });
        Assert.Equal((0, 0), (context.Outcomes[^1].Unavailable, context.Outcomes[^1].Unanswered));
    }

    private static async Task CallPause(Cluster cluster, HttpMethod method, string? json = null)
    {
        using var body = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        var (status, answer) = await cluster.Call(
            cluster.Reconciler, method, "/api/v1/house/pause", "olga", asOperator: true, body);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(answer)}");
    }

    // The number of the last transfer.
    private static async Task<long> Head(Cluster cluster)
    {
        var (status, body) = await cluster.Call(cluster.Reconciler, HttpMethod.Get, "/api/v1/house", "olga", asOperator: true);
        Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(body)}");
        return JsonDocument.Parse(body).RootElement.GetProperty("ledgers")[0].GetProperty("head").GetInt64();
    }

    private static async Task TwoVersions(DrillContext context)
    {
        using var folder = new Folder("other-version");
        var other = OtherVersion(folder);
        string[] roles = ["grab", "relay", "settle", "reconcile"];
        var cluster = await context.Deploy(
            new Topology([.. roles.Select(role => new Member(role)), .. roles.Select(role => new Member(role, Dll: other))]));
        await context.RunUnderLoad(cluster, async client =>
        {
            await Eventually.Holds(() => client.Record.Won.Count > 100, Drill.Recovery, "shares were won");
            var (refused, seal) = (client.Record.Unavailable, await RedisDrills.Seal(cluster));
            foreach (var role in roles)
            {
                // Each version does the work of a role alone for a while.
                foreach (var process in role == "grab" ? [] : cluster.WithRole(role))
                {
                    process.Pause();
                    await Eventually.Pause(Drill.Calm);
                    process.Resume();
                }
            }
            Assert.Equal((refused, seal), (client.Record.Unavailable, await RedisDrills.Seal(cluster)));
        });
        Assert.Equal((0, 0), (context.Outcomes[^1].Unavailable, context.Outcomes[^1].Unanswered));
    }

    // A copy of the built program. The first line of each of its scripts, a comment, ends with another character.
    private static string OtherVersion(Folder folder)
    {
        var built = ServiceProcess.Dll("RedPacket");
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(built)!, "*", SearchOption.AllDirectories))
        {
            var copy = folder.File(Path.GetRelativePath(Path.GetDirectoryName(built)!, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var dll = folder.File(Path.GetFileName(built));
        var program = File.ReadAllBytes(dll);
        var scripts = SourceTree.Files("src/RedPacket", "*.lua");
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var comment = Encoding.UTF8.GetBytes(script.Text.Split('\n')[0] + '\n');
            var place = program.AsSpan().IndexOf(comment);
            Assert.True(place >= 0 && comment[0] == '-', $"{script.RelativePath} is not in the program");
            program[place + comment.Length - 2] = (byte)'!';
        }
        File.WriteAllBytes(dll, program);
        return dll;
    }

    /// <summary>Asks for so many shards.</summary>
    /// <param name="mayDie">The process may die before it answers.</param>
    public static async Task Raise(Cluster cluster, int shards, bool mayDie = false)
    {
        using var body = new StringContent(
            string.Create(CultureInfo.InvariantCulture, $$"""{"count":{{shards}}}"""), Encoding.UTF8, "application/json");
        try
        {
            var (status, answer) = await cluster.Call(
                cluster.Reconciler, HttpMethod.Post, "/api/v1/house/shards", "olga", asOperator: true, body);
            Assert.True(status == 200, $"{status} {Encoding.UTF8.GetString(answer)}");
        }
        catch (HttpRequestException) when (mayDie)
        {
            // It died before it answered.
        }
    }

    /// <summary>Waits until so many shards are in force.</summary>
    public static Task InForce(Cluster cluster, int shards) => Eventually.Holds(async () =>
    {
        var (status, body) = await cluster.Call(cluster.Reconciler, HttpMethod.Get, "/api/v1/house", "olga", asOperator: true);
        if (status != 200)
            return false;
        var house = JsonDocument.Parse(body).RootElement;
        return house.GetProperty("count").GetInt32() == shards && house.GetProperty("raisingTo").ValueKind == JsonValueKind.Null;
    }, Drill.Recovery, $"{shards} shards are in force");

    /// <summary>Waits until a packet was sent in each shard.</summary>
    public static Task AllSend(Cluster cluster, int shards) => Eventually.Holds(async () =>
    {
        var sent = await Task.WhenAll(
            Enumerable.Range(0, shards).Select(shard => cluster.Connection.GetDatabase().HashGetAsync($"{{{shard}}}:meta", "sent")));
        return sent.All(packets => (long)packets > 0);
    }, Drill.Recovery, $"packets are sent in {shards} shards");

    private static async Task Raised(DrillContext context)
    {
        var cluster = await context.Deploy(new Topology(s_several));
        // Many small packets, so that every shard gets some soon.
        var plan = LoadPlan.Moderate(context.Seed) with { OpenPackets = 24, Shares = 20, AmountFen = 2000 };
        await context.RunUnderLoad(cluster, async _ =>
        {
            foreach (var shards in new[] { 2, 4, 8 })
            {
                context.Say($"raising to {shards} shards");
                await Raise(cluster, shards);
                await cluster.WithRole("reconcile")[1].Kill();
                await InForce(cluster, shards);
                await AllSend(cluster, shards);
                await cluster.WithRole("reconcile")[1].Start();
            }
        }, plan);
        Assert.Equal((0, 0), (context.Outcomes[^1].Unavailable, context.Outcomes[^1].Unanswered));
    }
}
