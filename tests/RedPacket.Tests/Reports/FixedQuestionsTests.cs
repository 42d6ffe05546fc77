using RedPacket.Comparison;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace RedPacket.Tests.Reports;

/// <summary>
/// A page of packets takes a fixed number of queries and commands, however much is in flight, and names every entry.
/// </summary>
[Needs("servers")]
public abstract class FixedQuestionsTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const int Packets = 20;

    // The ledger's packets, accounts, sums and gaps; then, after Redis, its packets and rows again.
    private const int MostQueries = 6;
    private static readonly PacketTerms s_terms = new("lucky", "sender", 8, "", 86_400, "line-cutting", "0000000000000001", "key");

    [Fact]
    public async Task AnyNumberInFlight_TakesTheSameQueriesAndCommands()
    {
        var nothing = await Ask(inFlight: 0);
        var some = await Ask(inFlight: 100);
        var many = await Ask(inFlight: 1000);

        Assert.Equal(3, nothing.Queries);
        Assert.Equal(["HMGET 20"], nothing.Commands);
        Assert.Equal(MostQueries, some.Queries);
        // The packets, then of each packet the users and the claims that the ledger lacks; one look at the outbox.
        Assert.Equal(["HMGET 60", "ZMSCORE 1"], some.Commands);
        Assert.Equal((some.Queries, string.Join(' ', some.Commands)), (many.Queries, string.Join(' ', many.Commands)));
    }

    // Half of each packet's claims are recorded, every second one. The others are in flight.
    private async Task<(int Queries, string[] Commands)> Ask(int inFlight)
    {
        await using var connection = await redis.Connect();
        await using var world = await ReconciliationWorld.Open(redis, postgres, page: 2000, connection: connection);
        string[] users = [.. Enumerable.Range(1, 2 * inFlight / Packets).Select(n => $"u{n}")];
        List<string> packets = [];
        for (var n = 0; n < Packets; n++)
            packets.Add(users.Length == 0 ? await world.Settled("a", "b") : await HalfSettled(world, users));
        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);

        var queries = world.Queries.Count;
        var comparer = world.Get<PacketComparer>();
        var found = await comparer.Compare(packets, ReconciliationWorld.Made, ReconciliationWorld.Stop)
            .ToListAsync(ReconciliationWorld.Stop);

        queries = world.Queries.Count - queries;
        var commands = session.FinishProfiling().GroupBy(command => command.Command).Select(group => $"{group.Key} {group.Count()}");
        Assert.Equal((inFlight, inFlight > 0 ? inFlight : 2 * Packets),
            (found.Sum(packet => packet.Tally.InFlight), found.Sum(packet => packet.Tally.Settled)));
        Assert.All(found, packet => Assert.Equal((0, 0), (packet.Tally.WrongTotal, packet.Tally.Unbalanced)));
        var even = Enumerable.Range(1, users.Length).Where(n => n % 2 == 0);
        Assert.Equal(
            packets.SelectMany(packet => even.Select(n => (packet, "grab", n, $"u{n}"))),
            found.SelectMany(packet => packet.Tally.InFlightEntries.Select(d => (d.PacketId, d.Entry, d.Ordinal, d.UserId!))));
        return (queries, [.. commands.Order(StringComparer.Ordinal)]);
    }

    private static async Task<string> HalfSettled(ReconciliationWorld world, string[] users)
    {
        var packet = await world.InFlight(users);
        var stored = await world.Get<RedisReader>().Read(packet);
        var odd = users.Select((user, i) => (Ordinal: i + 1, Line: ReconciliationWorld.GrabLine(packet, i + 1, user)))
            .Where(claim => claim.Ordinal % 2 == 1).Select(claim => claim.Line);
        string[] recorded = [stored!.FundLine, .. odd];
        await world.Record(recorded);
        await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), [.. recorded.Select(line => (RedisValue)line)]);
        return packet;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task StepsBetweenAnyTwoQueries_AreNeverWrong_AndNothingIsReadClaimByClaim(int seed)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres, page: 200);
        var history = new MovingWorld(world, new Random(seed));
        for (var n = 0; n < 20; n++)
            await history.Step();
        world.Queries.Before = history.Step;
        for (var round = 0; round < 5; round++)
        {
            var queries = world.Queries.Count;
            var ids = await world.Get<RedisPackets>().Newest(null, 100);
            foreach (var packets in ids.Chunk(7))
            {
                var compared = await world.Get<PacketComparer>()
                    .Compare(packets, ReconciliationWorld.Made, ReconciliationWorld.Stop).ToListAsync(ReconciliationWorld.Stop);
                Assert.All(compared, packet => Assert.True(
                    packet.Tally.WrongTotal + packet.Tally.Unbalanced == 0, $"Seed {seed}: {string.Join('\n', packet.Tally.Wrong)}"));
            }
            // Claim by claim would take some queries for every packet.
            Assert.InRange(world.Queries.Count - queries, 1, ids.Chunk(7).Count() * MostQueries);
        }
        world.Queries.Before = null;
        await history.SettleAll();

        var report = await world.Report(full: true);

        Assert.Equal((Verdict.Consistent, history.Won, history.Won),
            (report.Verdict, (int)report.Claims.Granted!, (int)report.Claims.Settled!));
    }

    /// <summary>
    /// Grants, records in any order, acknowledges and closes, a random step at a time, by the real scripts and journal.
    /// </summary>
    private sealed class MovingWorld(ReconciliationWorld world, Random random)
    {
        private readonly List<string> _packets = [];
        private readonly List<string> _recorded = [];
        private int _users;

        public int Won { get; private set; }

        public Task Step() => random.Next(10) switch
        {
            0 => Send(),
            < 5 => Grab(),
            < 8 => Record(),
            8 => Acknowledge(),
            _ => Close(),
        };

        public async Task SettleAll()
        {
            var lines = await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0));
            if (lines.Length == 0)
                return;
            await world.Record([.. lines.Select(line => (string)line!)]);
            await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), lines);
        }

        private async Task Send()
        {
            _packets.Add(PacketId.New(0, TimeProvider.System.GetUtcNow()));
            var terms = s_terms with { Seed = $"{_packets.Count:x16}", Key = _packets[^1] };
            await world.Get<RedisPackets>().Create(_packets[^1], 1, 1000, terms);
        }

        private async Task Grab()
        {
            if (_packets.Count == 0)
                return;
            var packet = _packets[random.Next(_packets.Count)];
            var users = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"user{_users++}").ToList();
            var outcomes = await Task.WhenAll(users.Select(user => world.Get<GrabCoalescer>().Grab(0, packet, user)));
            Won += outcomes.Count(outcome => outcome.Status == GrabStatus.Won);
        }

        private async Task Record()
        {
            var lines = (await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0))).Select(line => (string)line!).ToArray();
            random.Shuffle(lines);
            string[] some = [.. lines.Take(random.Next(lines.Length + 1))];
            if (some.Length == 0)
                return;
            await world.Record(some);
            _recorded.AddRange(some);
        }

        private async Task Acknowledge()
        {
            if (_recorded.Count == 0)
                return;
            await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), [.. _recorded.Select(line => (RedisValue)line)]);
            _recorded.Clear();
        }

        private async Task Close()
        {
            if (_packets.Count == 0)
                return;
            var packet = _packets[random.Next(_packets.Count)];
            if (await world.Get<RedisReader>().Read(packet) is { IsOpen: true })
            {
                await world.Store.HashSetAsync(PacketKeys.Packet(0, packet), "expiry", 1);
                await world.Store.SortedSetAddAsync(PacketKeys.Live(0), packet, 1);
                await world.Get<PacketCloser>().CloseDue(0, ReconciliationWorld.Stop);
            }
        }
    }
}

public sealed class FixedQuestionsOnSqliteTests(RedisFixture redis) : FixedQuestionsTests(redis, null);

public sealed class FixedQuestionsOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : FixedQuestionsTests(redis, postgres);
