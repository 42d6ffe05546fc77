using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// Entries of a lost run come late, and Redis has forgotten them: it gets back what its packets can have (PROTOCOL
/// 5.4).
/// </summary>
[Needs("servers")]
public abstract partial class AdoptionTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const int Shares = 4;
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FreeShare_IsTakenBack_Recorded_AndAnsweredAgain()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        await service.Grabs.Grab(0, packet, "first");
        var late = await Late(service, packet, 3, "late");
        await Park(service, late);

        Assert.Equal(0, await Pay(service));

        var again = await service.Grabs.Grab(0, packet, "late");
        Assert.Equal((GrabStatus.Again, 3, late.AmountFen), (again.Status, again.Ordinal, again.AmountFen));
        Assert.Equal(4, (await service.Grabs.Grab(0, packet, "next")).Ordinal);
        var report = await service.Settles();
        Assert.Equal(
            ("system repair", "adoption", 1L), report.Healed.Select(healed => (healed.Actor, healed.Action, healed.Entries)).Single());
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 2 AND ordinal = 3"));
        Assert.Equal(0, service.Ledger.Number("SELECT count(*) FROM parked"));
    }

    [Fact]
    public async Task LastShare_EmptiesItsPacket_AndTheLargestIsNamed()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, 2);
        var first = await service.Grabs.Grab(0, packet, "first");
        var late = await Late(service, packet, 2, "late");
        await Park(service, late);

        await Pay(service);

        var found = (await service.Packets.Find(packet))!;
        Assert.Equal(("emptied", 3, 0L), (found.State, found.Next, found.LeftFen));
        Assert.NotNull(found.ClosedAt);
        Assert.Equal(first.AmountFen >= late.AmountFen ? "first" : "late", found.Best!.Value.UserId);
        await service.Settles();
    }

    [Theory]
    [InlineData("another user has it")]
    [InlineData("it was not cut so")]
    [InlineData("the packet is closed")]
    public async Task ShareThatThePacketCannotHave_IsPaid(string why)
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        await service.Grabs.Grab(0, packet, "first");
        var late = await Late(service, packet, why == "another user has it" ? 1 : 2, "late");
        if (why == "it was not cut so")
            late = late with { AmountFen = late.AmountFen - 1 };
        if (why == "the packet is closed")
            await service.Expires(packet);
        await service.Settles();
        await Park(service, late);

        Assert.Equal(1, await Pay(service));

        Assert.Equal(late.AmountFen, service.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:late'"));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 2"));
        await service.Settles();
    }

    [Fact]
    public async Task UserWithAnotherShare_GetsNoSecondOne()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        await service.Grabs.Grab(0, packet, "first");
        await service.Settles();
        await Park(service, await Late(service, packet, 2, "first"));

        Assert.Equal(1, await Pay(service));

        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM parked WHERE resolution = 'has_a_share'"));
        await service.Settles();
    }

    [Fact]
    public async Task ShareOfAnotherShard_WaitsForAPerson()
    {
        await using var service = await Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00", "--Packets:Shards=2");
        await Eventually.Holds(async () => await service.Of<GateOpener>().IsOpen(1), what: "the second shard is open");
        var packet = await service.Send(1000, Shares, shard: 1);
        await service.Grabs.Grab(1, packet, "first");
        await service.Settles();
        await Park(service, new Entry(EntryKind.Grab, packet, 1, "late", 5, 1_790_000_000_000));

        Assert.Equal(0, await Pay(service));

        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL AND reason = 'refused'"));
        Assert.Equal(0, service.Ledger.Number("SELECT coalesce(sum(credits), 0) FROM accounts WHERE code = 'wallet:late'"));
    }

    [Fact]
    public async Task OperatorPaysThroughARedisThatIsNotInTheLedgersRun_NothingHappens()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        await service.Grabs.Grab(0, packet, "first");
        await service.Settles();
        await Park(service, await Late(service, packet, 1, "late"));
        await MoveTheLedgerToAnotherRun(service);

        await Assert.ThrowsAsync<OutageException>(() => service.Of<Correction>().Run(new Actor("op"), null, dryRun: false, Stop));

        Assert.Null(await service.Packets.ShareOf(packet, "late"));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
    }

    [Fact]
    public async Task RedisInARunThatTheLedgerDoesNotHave_GetsNothing()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        await service.Settles();
        await Park(service, await Late(service, packet, 2, "late"));
        await MoveTheLedgerToAnotherRun(service);

        Assert.Equal(0, await Pay(service));

        Assert.Null(await service.Packets.ShareOf(packet, "late"));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
    }

    // Another opener seems to be at work, so that the service does not open its gate again.
    private async Task MoveTheLedgerToAnotherRun(Service service)
    {
        await redis.Database.StringSetAsync(PacketKeys.Opener(0), "another", TimeSpan.FromMinutes(10));
        await service.Of<Journal>().Execute(transaction => transaction.Execute("UPDATE shards SET run = 'another'"), Stop);
    }

    private Task<Service> Start() => Service.Start(redis, postgres, "--Reconciliation:RepairInterval=00:10:00");

    private static Task<int> Pay(Service service) => service.Of<LostRunCorrections>().Pay(0, Actor.Repair, Stop);

    private static Task Compared(Service service, string packet) => Eventually.Holds(
        async () => (await service.Of<PacketChecks>().Of(0, [packet])).Single() == PacketCheck.Checked, what: "the packet is compared");

    private static async Task Park(Service service, params Entry[] entries)
    {
        var outcomes = await service.Of<Journal>().Enqueue(Chunk("over", forgotten: true, entries), Stop);
        Assert.All(outcomes, outcome => Assert.Equal(RecordOutcome.Parked, outcome));
    }

    private static Chunk Chunk(string run, bool forgotten, params Entry[] entries) =>
        new(0, [.. entries.Select(entry => ChunkLine.Read(entry.ToString()))], 1, 5, null, Slow: false, run, forgotten);

    // The share as the packet would have granted it.
    private async Task<Entry> Late(Service service, string packet, int ordinal, string user)
    {
        var shares = (string)(await redis.Database.StringGetAsync(PacketKeys.Shares(0, packet)))!;
        var fen = int.Parse(shares.AsSpan((ordinal - 1) * PacketKeys.ShareWidth, PacketKeys.ShareWidth), null);
        var created = (await service.Packets.Find(packet))!.CreatedAt;
        return new Entry(EntryKind.Grab, packet, ordinal, user, fen, created + 1);
    }
}

public sealed class AdoptionOnSqliteTests(RedisFixture redis) : AdoptionTests(redis, null);

public sealed class AdoptionOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : AdoptionTests(redis, postgres);
