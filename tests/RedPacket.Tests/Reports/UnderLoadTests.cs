using RedPacket.Comparison;
using RedPacket.Grabs;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Reports;

/// <summary>
/// The report never raises a false alarm: it calls no entry in flight lost, whatever moves while it reads.
/// </summary>
[Needs("servers")]
public abstract class UnderLoadTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const long MostInFlight = 1_000;
    private static readonly TimeSpan s_atLeast = TimeSpan.FromSeconds(Drill.Long ? 30 : 5);
    private static readonly PacketTerms s_terms = new("lucky", "sender", 40, "", 86_400, "line-cutting", "0000000000000001", "key");

    [Fact]
    public async Task ReportsUnderLoad_AreNeverInconsistent_AndEndConsistent()
    {
        var retain = new PacketsOptions { Retain = TimeSpan.FromSeconds(1) };
        await using var world = await ReconciliationWorld.Open(redis, postgres, retain, page: 50);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ReconciliationWorld.Stop);
        var began = TimeProvider.System.GetTimestamp();
        var granted = 0L;
        Task[] busy =
        [
            .. Enumerable.Range(0, 2).Select(lane => Grabbing(world, lane, () => Interlocked.Increment(ref granted), over.Token)),
            Settling(world, over.Token), Closing(world, over.Token), Archiving(world, over.Token),
        ];
        List<ConsistencyReport> reports = [];
        while (TimeProvider.System.GetElapsedTime(began) < s_atLeast || !HaveSeenAll())
        {
            var answered = Interlocked.Read(ref granted);
            reports.Add(await world.Report(full: reports.Count % 3 == 2));
            // Two lanes of six grabs each may have been granted and not counted yet.
            Assert.InRange(reports[^1].Claims.Granted ?? answered, answered, Interlocked.Read(ref granted) + 12);
        }
        await over.CancelAsync();
        await Task.WhenAll(busy);

        var falseAlarm = reports.FirstOrDefault(report => report.Verdict == Verdict.Inconsistent);
        Assert.True(falseAlarm is null, falseAlarm is null ? "" : string.Join('\n',
            [.. falseAlarm.Reasons, .. falseAlarm.Differences.Take(5).Select(d => d.ToString()),
                .. falseAlarm.Accounts.Select(a => a.ToString())]));
        var last = await Eventually.Yields(async () =>
        {
            await world.Get<PacketCloser>().CloseDue(0, ReconciliationWorld.Stop);
            await Settle(world, int.MaxValue);
            return await world.Report(full: true);
        }, report => report.Verdict == Verdict.Consistent);
        Assert.Equal((Verdict.Consistent, granted, granted), (last.Verdict, last.Claims.Granted, last.Claims.Settled));
        Assert.All(last.Rules, rule => Assert.Equal("PASS", rule.Result));

        bool HaveSeenAll() => reports.Count >= 10 && Interlocked.Read(ref granted) > 500
            && reports.Exists(report => report.Claims.InFlight > 0) && reports.Exists(report => report.Packets is { Expired: > 0 });
    }

    [Fact]
    public async Task EntriesMovingToTheLedger_AreNeverReportedMissing()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        string[] packets = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => world.InFlight("a", "b", "c")));
        var (moving, missed) = (0, 0);
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref moving) < packets.Length)
            {
                var packet = await world.Get<RedisReader>().Read(packets[Math.Min(Volatile.Read(ref moving), packets.Length - 1)]);
                var claims = await world.Get<EntryReader>().Grabs(packet!, 1, 3, ReconciliationWorld.Stop);
                Interlocked.Add(ref missed, claims.Count(claim => claim.Status == EntryStatus.Missing));
            }
        }, ReconciliationWorld.Stop)).ToArray();

        for (; moving < packets.Length; Interlocked.Increment(ref moving))
        {
            string[] lines = [.. new[] { "a", "b", "c" }.Select((user, i) => ReconciliationWorld.GrabLine(packets[moving], i + 1, user))];
            await world.Record(lines);
            await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), [.. lines.Select(line => (RedisValue)line)]);
        }
        await Task.WhenAll(readers);

        Assert.Equal(0, missed);
    }

    // Sends packets, some of which expire while they are being grabbed, and lets a crowd grab each.
    private static async Task Grabbing(ReconciliationWorld world, int lane, Action won, CancellationToken over)
    {
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            await HasRoom(world, over);
            var packet = PacketId.New(0, TimeProvider.System.GetUtcNow());
            var terms = s_terms with
            {
                Sender = $"sender{lane}",
                ExpiresIn = n % 3 == 0 ? 1 : 86_400,
                Seed = $"{n:x16}",
                Key = $"{lane:x16}{n:x16}",
            };
            await world.Get<RedisPackets>().Create(packet, 1, 20_000, terms);
            // Every third packet finds too few users, and expires with something left.
            for (var user = 0; user < (n % 3 == 0 ? 12 : 60) && !over.IsCancellationRequested; user += 6)
            {
                var grabs = Enumerable.Range(user, 6).Select(u => world.Get<GrabCoalescer>().Grab(0, packet, $"user{u}"));
                var outcomes = await Task.WhenAll(grabs);
                foreach (var _ in outcomes.Where(outcome => outcome.Status == GrabStatus.Won))
                    won();
            }
        }
    }

    // The crowd waits for a slow ledger. Otherwise the outbox grows as long as the test lasts, and each report takes
    // longer than the last.
    private static async Task HasRoom(ReconciliationWorld world, CancellationToken over)
    {
        await Eventually.Holds(async () =>
            over.IsCancellationRequested || await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)) <= MostInFlight);
    }

    private static async Task Settling(ReconciliationWorld world, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (; !over.IsCancellationRequested; await pace.WaitForNextTickAsync(ReconciliationWorld.Stop))
            await Settle(world, 1);
    }

    // Records what the outbox holds, then acknowledges it: the ledger first.
    private static async Task Settle(ReconciliationWorld world, int chunks)
    {
        for (var i = 0; i < chunks; i++)
        {
            var lines = await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0), 0, 99);
            if (lines.Length == 0)
                return;
            await world.Record([.. lines.Select(line => (string)line!)]);
            await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), lines);
        }
    }

    private static async Task Closing(ReconciliationWorld world, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (; !over.IsCancellationRequested; await pace.WaitForNextTickAsync(ReconciliationWorld.Stop))
            await world.Get<PacketCloser>().CloseDue(0, ReconciliationWorld.Stop);
    }

    private static async Task Archiving(ReconciliationWorld world, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        for (; !over.IsCancellationRequested; await pace.WaitForNextTickAsync(ReconciliationWorld.Stop))
            await world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop);
    }
}

public sealed class UnderLoadOnSqliteTests(RedisFixture redis) : UnderLoadTests(redis, null);

public sealed class UnderLoadOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : UnderLoadTests(redis, postgres);
