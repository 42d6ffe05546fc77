using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Grabs;

/// <summary>
/// The scripts that move money, through the code that calls them. One suite, run on Redis and on Garnet.
/// </summary>
public abstract partial class GrabScriptTests(StoreServer server)
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);

    [Fact]
    public async Task SameUserAgain_GetsTheSameShare()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 1000, 10);
        var first = await parts.Grabs.Grab(0, packet, "alice");
        var again = await parts.Grabs.Grab(0, packet, "alice");
        Assert.Equal(GrabStatus.Won, first.Status);
        Assert.Equal(first with { Status = GrabStatus.Again }, again);
        Assert.Equal(2, await server.Database.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task FollowedShares_KeepTheirTraces_AndTheirNumbersAreListed()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 2_000, 1_500);
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 1790000000000000";
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 1_200).Select(i => parts.Grabs.Grab(0, packet, $"u{i}", i % 2 == 0 || i < 1_000 ? trace : null)));
        Assert.All(outcomes, outcome => Assert.Equal(GrabStatus.Won, outcome.Status));
        var fields = await server.Database.HashGetAllAsync(PacketKeys.Packet(0, packet));
        Assert.Equal(1_100, fields.Count(field => field.Name.ToString().StartsWith("t:", StringComparison.Ordinal)));
        Assert.Equal(1_100, await server.Database.SortedSetLengthAsync(PacketKeys.Followed(0)));
        var newest = await server.Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Followed(0), -1, -1);
        var entries = await server.Database.SortedSetRangeByScoreAsync(PacketKeys.Out(0), newest[0].Score, newest[0].Score);
        Assert.StartsWith($"g {packet} ", entries.Single().ToString(), StringComparison.Ordinal);
        Assert.Equal(1_201, await server.Database.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task LastShareRetried_IsTheSameAlthoughThePacketIsEmptied()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 3, 3);
        await Task.WhenAll(parts.Grabs.Grab(0, packet, "a"), parts.Grabs.Grab(0, packet, "b"));
        var last = await parts.Grabs.Grab(0, packet, "c");
        Assert.Equal((GrabStatus.Won, 3), (last.Status, last.Ordinal));
        Assert.Equal("emptied", (await parts.Packets.Find(packet))!.State);
        Assert.Equal(last with { Status = GrabStatus.Again }, await parts.Grabs.Grab(0, packet, "c"));
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "d")).Status);
    }

    [Fact]
    public async Task ThousandUsersForHundredShares_HundredWinTheExactSum()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 12_345, 100);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => parts.Grabs.Grab(0, packet, $"user{i}")));
        var won = outcomes.Where(outcome => outcome.Status == GrabStatus.Won).ToList();
        Assert.Equal(100, won.Count);
        Assert.Equal(12_345, won.Sum(outcome => outcome.AmountFen));
        Assert.Equal(Enumerable.Range(1, 100), won.Select(outcome => outcome.Ordinal).Order());
        Assert.All(outcomes.Except(won), outcome => Assert.Equal(GrabStatus.Emptied, outcome.Status));
        Assert.Equal(101, await server.Database.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task OneUserFiftyTimesInParallel_GetsOneShare()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 1000, 100);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => parts.Grabs.Grab(0, packet, "alice")));
        Assert.Single(outcomes, outcome => outcome.Status == GrabStatus.Won);
        Assert.Single(outcomes.Select(outcome => outcome with { Status = GrabStatus.Won }).Distinct());
        Assert.Equal(2, (await parts.Packets.Find(packet))!.Next);
    }

    [Fact]
    public async Task ManyPacketsInOneCall_AreDecidedSeparatelyAndDamageAffectsOneOnly()
    {
        var parts = await server.Fresh();
        string[] packets = [.. await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Send(parts, 100, 2)))];
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packets[1]), "left", "much");
        await server.Database.StringSetAsync(PacketKeys.Shares(0, packets[2]), "0000");
        await server.Database.KeyDeleteAsync(PacketKeys.Packet(0, packets[3]));
        await server.Database.StringSetAsync(PacketKeys.Packet(0, packets[3]), "not a hash");
        var outcomes = await Task.WhenAll(packets.Append(PacketId.New(0, s_now)).Select(packet => parts.Grabs.Grab(0, packet, "alice")));
        Assert.Equal(
            [GrabStatus.Won, GrabStatus.Damaged, GrabStatus.Damaged, GrabStatus.Damaged, GrabStatus.Won, GrabStatus.Unknown],
            outcomes.Select(outcome => outcome.Status));
        Assert.Equal("much", (string?)await server.Database.HashGetAsync(PacketKeys.Packet(0, packets[1]), "left"));
    }

    [Theory]
    [InlineData("next", "1.5")]
    [InlineData("left", "99.5")]
    [InlineData("left", "1e300")]
    [InlineData("left", "inf")]
    [InlineData("sum", "nan")]
    [InlineData("sum", "0.25")]
    public async Task NumberThatIsNotWhole_IsDamage_AndNothingIsWritten(string field, string value)
    {
        var parts = await server.Fresh();
        var packets = new[] { await Send(parts, 100, 2), await Send(parts, 100, 2) };
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packets[0]), field, value);

        var outcomes = await Task.WhenAll(packets.Select(packet => parts.Grabs.Grab(0, packet, "alice")));

        Assert.Equal([GrabStatus.Damaged, GrabStatus.Won], outcomes.Select(outcome => outcome.Status));
        Assert.Equal(value, (string?)await server.Database.HashGetAsync(PacketKeys.Packet(0, packets[0]), field));
    }

    [Fact]
    public async Task OutboxFull_RefusesOnlyNewShares()
    {
        var parts = await server.Fresh(outboxLimit: 4);
        var (packet, emptied) = (await Send(parts, 100, 10), await Send(parts, 1, 1));
        var won = await parts.Grabs.Grab(0, packet, "alice");
        Assert.Equal(GrabStatus.Won, (await parts.Grabs.Grab(0, emptied, "alice")).Status);
        Assert.Equal(GrabStatus.Full, (await parts.Grabs.Grab(0, packet, "bob")).Status);
        Assert.Equal(won with { Status = GrabStatus.Again }, await parts.Grabs.Grab(0, packet, "alice"));
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, emptied, "bob")).Status);
        Assert.Equal(CreateStatus.OutboxFull, (await parts.Packets.Create(PacketId.New(0, s_now), 1, 100, Terms(10))).Status);
        await server.Database.SortedSetRemoveRangeByRankAsync(PacketKeys.Out(0), 0, 0);
        Assert.Equal(GrabStatus.Won, (await parts.Grabs.Grab(0, packet, "bob")).Status);
    }

    [Fact]
    public async Task EveryEntry_IsRecomputedFromThePacketAndRestoredWithoutDuplicates()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 100, 4);
        await Task.WhenAll(parts.Grabs.Grab(0, packet, "alice"), parts.Grabs.Grab(0, packet, "bob"));
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packet), "expiry", 1);
        Assert.Equal("expired", await Close(parts, packet));
        var before = await Outbox();
        Assert.Equal(4, before.Count);
        Assert.All(before.Keys, line => Assert.True(Entry.TryParse(line, out _), line));
        Assert.Empty(await parts.Packets.PutBack(packet, ["f", "1", "2", "r", "3"]));
        Assert.Equal(before, await Outbox());

        await server.Database.SortedSetRemoveRangeByRankAsync(PacketKeys.Out(0), 0, -1);
        Assert.Equal(["f", "1", "2", "r"], await parts.Packets.PutBack(packet, ["f", "1", "2", "r", "3"]));
        var after = await Outbox();
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(after.Values, seq => Assert.Equal(1, seq % 2));
        Assert.True(after.Values.Min() > before.Values.Max());
    }

    [Fact]
    public async Task GrabsDuringExpiry_SharesAndRefundAddUpToTheAmount()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 100_000, 50_000, expiresIn: 1);
        using var over = new CancellationTokenSource();
        var closers = Enumerable.Range(0, 2).Select(async _ =>
        {
            var closed = 0;
            while (!over.IsCancellationRequested)
                closed += await Close(parts, packet) == "expired" ? 1 : 0;
            return closed;
        }).ToList();
        var (won, tooLate) = (new System.Collections.Concurrent.ConcurrentBag<GrabOutcome>(), 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), TestContext.Current.CancellationToken, async (lane, _) =>
        {
            for (var i = 0; ; i++)
            {
                var outcome = await parts.Grabs.Grab(0, packet, $"user{lane}-{i}");
                if (outcome.Status == GrabStatus.Won)
                    won.Add(outcome);
                else
                {
                    Assert.Equal(GrabStatus.Expired, outcome.Status);
                    if (Interlocked.Increment(ref tooLate) > 0 && (await parts.Packets.Find(packet))!.State == "expired")
                        return;
                }
            }
        });
        await over.CancelAsync();
        Assert.Equal(1, (await Task.WhenAll(closers)).Sum());
        var stored = (await parts.Packets.Find(packet))!;
        Assert.Equal(100_000, won.Sum(outcome => outcome.AmountFen) + stored.RefundFen);
        Assert.Equal(("expired", 0, won.Count + 1), (stored.State, stored.LeftFen, stored.Next));
        Assert.Single((await Outbox()).Keys, line => line.StartsWith('r'));
    }

    [Fact]
    public async Task SentTwice_IsCreatedOnceWithTheSameAnswer()
    {
        var parts = await server.Fresh();
        var terms = Terms(10);
        var sends = Enumerable.Range(0, 20).Select(_ => parts.Packets.Create(PacketId.New(0, s_now), 1, 1000, terms));
        var made = (await Task.WhenAll(sends)).ToLookup(outcome => outcome.Status);
        var packet = Assert.Single(made[CreateStatus.Made]).Packet!;
        Assert.Equal(19, made[CreateStatus.Exists].Count());
        Assert.Equal(new KeyClaim(packet.Id, terms.ContentHash(1000)), Assert.Single(made[CreateStatus.Exists].Distinct()).Claim);
        Assert.Equal(packet, await parts.Packets.Sent(packet.Id));
        Assert.Equal(1, await server.Database.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task ScriptsOrRunMissing_GateIsShutAndNothingIsGranted()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 1000, 10);
        await server.Database.HashDeleteAsync(PacketKeys.Meta(0), "run");
        var refused = await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "alice"));
        Assert.Equal(Outage.Gate, refused.Outage);
        await server.Database.HashSetAsync(PacketKeys.Meta(0), "run", Guid.NewGuid().ToString("N"));
        refused = await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "alice"));
        Assert.Equal(Outage.Gate, refused.Outage);
        Assert.Equal(1, (await parts.Packets.Find(packet))!.Next);
    }

    private static PacketTerms Terms(int count, int expiresIn = 600) =>
        new("sender", "lucky", count, "good luck", expiresIn, "line-cutting", "000000000000002a", Guid.NewGuid().ToString("N"));

    private static async Task<string> Send(StoreParts parts, long amountFen, int count, int expiresIn = 600)
    {
        var made = await parts.Packets.Create(PacketId.New(0, s_now), 1, amountFen, Terms(count, expiresIn));
        return made.Packet!.Id;
    }

    private static async Task<string> Close(StoreParts parts, string packet) => (await Close(parts, [packet]))[0];

    private static async Task<string[]> Close(StoreParts parts, string[] packets) => (string[])(await parts.Store.Run(MoneyScript.Close, 0,
        [
            PacketKeys.Meta(0), PacketKeys.Live(0), PacketKeys.Made(0), PacketKeys.Out(0),
            PacketKeys.Wanted(0), .. packets.Select(packet => PacketKeys.Packet(0, packet)),
        ],
        [.. packets.Select(packet => (RedisValue)packet)]))!;

    private async Task<Dictionary<string, long>> Outbox() =>
        (await server.Database.SortedSetRangeByScoreWithScoresAsync(PacketKeys.Out(0)))
            .ToDictionary(entry => (string)entry.Element!, entry => (long)entry.Score);
}

[Needs("servers")]
public sealed class GrabScriptOnRedisTests(RedisStore server) : GrabScriptTests(server), IClassFixture<RedisStore>;

public sealed class GrabScriptOnGarnetTests(GarnetStore server) : GrabScriptTests(server), IClassFixture<GarnetStore>;
