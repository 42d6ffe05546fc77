using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// A conflict that a lost run of Redis explains is paid automatically; any other conflict waits for a person.
/// The report lists each recovery with its duration.
/// </summary>
[Needs("servers")]
public abstract class LostRunCorrectionTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const long Opening = ReconciliationWorld.Made + 1000;

    [Fact]
    public async Task ShareThatAnotherUserHasNow_IsPaidInTheBackground()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 1, "late"));
        var repair = world.Hosted<RepairLoop>();

        await repair.StartAsync(ReconciliationWorld.Stop);
        await Eventually.Holds(async () => (await world.Report()).Verdict == Verdict.Consistent);
        await repair.StopAsync(ReconciliationWorld.Stop);

        Assert.Equal(15, world.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:late'"));
        Assert.Equal(
            ("system repair", "correction"), (await world.Report()).Healed.Select(healed => (healed.Actor, healed.Action)).Single());
    }

    [Fact]
    public async Task ShareOfAPacketWithoutItsShares_IsPaid_AndNotGrantedToThatUserAgain()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "late"));

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        Assert.Equal(25, world.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:late'"));
        var again = await world.Get<GrabCoalescer>().Grab(0, packet, "late");
        Assert.Equal((GrabStatus.Again, 2, 25), (again.Status, again.Ordinal, again.AmountFen));
        Assert.Equal(Verdict.Consistent, (await world.Report()).Verdict);
    }

    [Fact]
    public async Task ConflictThatWasParkedBefore_IsPaidOnceALostRunExplainsIt()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        var line = ReconciliationWorld.GrabLine(packet, 1, "late");
        await world.Record(line);
        Assert.Equal(0, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        await world.RecordLate(line);

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        Assert.Equal(15, world.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:late'"));
        Assert.Equal(Verdict.Consistent, (await world.Report()).Verdict);
    }

    [Fact]
    public async Task UserWhoHasAnotherShareMeanwhile_GetsNoSecondOne()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 3, "b"));

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        Assert.Equal(25, world.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:b'"));
        Assert.Equal(Verdict.Consistent, (await world.Report()).Verdict);
    }

    [Fact]
    public async Task PaymentsBeyondTheFundOfThePacket_Wait()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        var funded = world.Ledger.Number("SELECT amount_fen FROM transfers WHERE kind = 1");
        var forged = new Entry(EntryKind.Grab, packet, 2, "mallory", funded + 1, ReconciliationWorld.Made).ToString();
        var half = new Entry(EntryKind.Grab, packet, 3, "mia", funded / 2 + 1, ReconciliationWorld.Made).ToString();
        var secondHalf = new Entry(EntryKind.Grab, packet, 4, "max", funded / 2 + 1, ReconciliationWorld.Made).ToString();
        await world.RecordLate(forged, half, secondHalf);

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        Assert.Equal(2, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
        Assert.Equal(Verdict.Inconsistent, (await world.Report()).Verdict);
    }

    [Fact]
    public async Task PaymentsBeyondThoseOfADay_WaitUntilADayIsOver()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        world.Get<IOptions<RepairsOptions>>().Value.PayPerDayFen = 25 + 35 - 1;
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "mia"), ReconciliationWorld.GrabLine(packet, 3, "max"));

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        Assert.Equal(0, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        Assert.Null(await world.Get<RedisPackets>().ShareOf(packet, "max"));
        world.Ledger.Execute("UPDATE parked SET resolved_at = resolved_at - 86400001 WHERE resolved_at IS NOT NULL");
        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
    }

    [Fact]
    public async Task OperatorPaysBeyondThePaymentsOfADay()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        world.Get<IOptions<RepairsOptions>>().Value.PayPerDayFen = 0;
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "mia"));

        Assert.Equal(0, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        var answer = await world.Get<Correction>().Run(new Actor("op"), null, dryRun: false, ReconciliationWorld.Stop);

        Assert.Equal(25, answer.PaidFen);
    }

    [Fact]
    public async Task ShareThatIsNotPaid_IsNotRememberedByThePacket()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var (packet, unrecorded) = (await world.Settled("a"), await world.InFlight("b"));
        var funded = world.Ledger.Number("SELECT amount_fen FROM transfers WHERE kind = 1");
        await world.RecordLate(
            Late(packet, 2, "mallory", funded + 1), Late(packet, 3, "mia", funded / 2 + 1), Late(packet, 4, "max", funded / 2 + 1),
            ReconciliationWorld.GrabLine(unrecorded, 2, "ben"));

        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        var packets = world.Get<RedisPackets>();
        Assert.NotNull(await packets.ShareOf(packet, "mia"));
        Assert.Null(await packets.ShareOf(packet, "mallory"));
        Assert.Null(await packets.ShareOf(packet, "max"));
        Assert.Null(await packets.ShareOf(unrecorded, "ben"));
    }

    [Fact]
    public async Task ShareBeyondTheFund_IsLoggedOnce()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        using var lines = new LogLines();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(lines));
        var corrections = new LostRunCorrections(
            world.Get<ParkedReader>(), world.Get<Adoption>(), world.Get<Correction>(), world.Journal,
            factory.CreateLogger<LostRunCorrections>());
        await world.RecordLate(Late(packet, 2, "mallory", Entry.MostFen), ReconciliationWorld.GrabLine(packet, 3, "mia"));

        for (var round = 0; round < 3; round++)
            await corrections.Pay(0, Actor.Repair, ReconciliationWorld.Stop);

        Assert.Equal(1, lines.Count(6109));
    }

    private static string Late(string packetId, int ordinal, string user, long fen) =>
        new Entry(EntryKind.Grab, packetId, ordinal, user, fen, ReconciliationWorld.Made).ToString();

    [Fact]
    public async Task ShareThatRedisTookBack_IsNotPaidByAnOperatorWhoComesLater()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Store.StringSetAsync(PacketKeys.Shares(0, packet), "0000001500000025");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "late"));

        // No relay runs, so the row stays parked when Redis has the share again.
        Assert.Equal(0, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        var answer = await world.Get<Correction>().Run(new Actor("op"), null, dryRun: false, ReconciliationWorld.Stop);

        Assert.Equal((0L, "on_its_way"), (answer.PaidFen, answer.Skipped.Single().Reason));
        Assert.Equal(1, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task ConflictWithinARun_Waits()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await Opened(world);
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "b"));

        Assert.Equal(0, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));

        Assert.Equal(1, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
    }

    [Fact]
    public async Task Repair_ReportsItsDuration_OnceTheLedgerHasIt()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Lost("a");
        await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, ReconciliationWorld.Stop);
        var before = (await world.Report()).Healed.Single();

        await world.Record([.. (await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0))).Select(line => (string)line!)]);
        var after = (await world.Report()).Healed.Single();

        Assert.Null(before.Seconds);
        Assert.Equal([$"{packet} f", $"{packet} 1"], before.Some);
        Assert.InRange(after.Seconds!.Value, 0, 3600);
    }

    [Fact]
    public async Task Opening_IsListedWhenItHealed_WithTheEntriesThatOnlyTheLedgerKnew()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await Opened(world);
        var detail = new GateDetail(0, Opening, 7, 2, 3, 1, 0, 1.25, true);
        await world.Get<AuditTrail>().Write(detail, ["p 1", "p 2"], ReconciliationWorld.Stop);

        var healed = (await world.Report()).Healed.Single();

        Assert.Equal(("system gate", "gate_opened", 4L, 1.25), (healed.Actor, healed.Action, healed.Entries, healed.Seconds));
        Assert.Equal(["p 1", "p 2"], healed.Some);
        var html = (await Called.Report(world, "?format=html")).Body;
        Assert.Contains(
            "<td data-label=\"action\">gate_opened</td><td data-label=\"entries\" class=\"n\">4</td>", html, StringComparison.Ordinal);
        Assert.Contains(">p 1, p 2</td>", html, StringComparison.Ordinal);
        Assert.Contains(">1.25</td>", html, StringComparison.Ordinal);
    }

    private static Task Opened(ReconciliationWorld world) =>
        world.Get<AuditTrail>().Write(new GateDetail(0, Opening, 0, 0, 0, 0, 0, 0.1, true), [], ReconciliationWorld.Stop);
}

public sealed class LostRunCorrectionOnSqliteTests(RedisFixture redis) : LostRunCorrectionTests(redis, null);

public sealed class LostRunCorrectionOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : LostRunCorrectionTests(redis, postgres);
