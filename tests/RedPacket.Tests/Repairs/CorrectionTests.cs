using RedPacket.Comparison;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// A correction pays a share that was granted and that the ledger cannot record.
/// It is paid once, to a user who has no other share, and no existing row is edited.
/// </summary>
[Needs("servers")]
public abstract class CorrectionTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task LineOfALostRun_IsCorrectedOnce()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        var line = ReconciliationWorld.GrabLine(packet, 1, "late");
        Assert.Equal([RecordOutcome.Parked], await world.Record(line));
        Assert.Equal(Verdict.Inconsistent, (await world.Report()).Verdict);

        var dry = await Correct(world, null, dryRun: true);
        Assert.Equal([new CorrectedEntry(1, packet, "late", 15, "made_good")], dry.Corrected);
        Assert.Equal(15, dry.PaidFen);
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM audits"));
        var first = await Correct(world, null);
        var second = await Correct(world, [1]);

        Assert.Equal(dry.Corrected, first.Corrected);
        Assert.Empty(second.Corrected);
        Assert.Equal([new SkippedEntry(1, "not_parked")], second.Skipped);
        await MustBePaid(world, line, 15);
        var report = await world.Report(full: true);
        Assert.Equal(
            (Verdict.Consistent, 15, 0, 2),
            (report.Verdict, report.AdjustedFen, report.Claims.Parked, report.Claims.Settled));
        Assert.Equal((15, 15), report.Rules.Where(rule => rule.Id == "adjustments").Select(rule => (rule.Left, rule.Right)).Single());
        Assert.Equal(
            ("op", "correction", $"{packet} late 1"),
            report.Healed.Select(healed => (healed.Actor, healed.Action, healed.Some[0])).Single());
    }

    [Fact]
    public async Task Corrected_IsListedWithItsCorrection()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "late"));
        await Correct(world, [1]);
        var reader = world.Get<ParkedReader>();

        Assert.Empty((await reader.Page(new(), 0, 10, ReconciliationWorld.Stop)).Parked);
        Assert.Equal(1, (await reader.Page(new("conflict", IsResolved: true), 0, 10, ReconciliationWorld.Stop)).Total);
        var one = (await reader.One(1, ReconciliationWorld.Stop))!;
        Assert.Equal(
            ("made_good", "a", 15L, "late", 15L),
            (one.Parked.Resolution, one.Standing!.UserId, one.Standing.AmountFen, one.Adjustment!.UserId, one.Adjustment.AmountFen));
        Assert.Null(await reader.One(2, ReconciliationWorld.Stop));
    }

    [Fact]
    public async Task UserAsksAgain_GetsTheCorrectedShareAsAnswer()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "late"));

        await Correct(world, [1]);

        var again = await world.Get<GrabCoalescer>().Grab(0, packet, "late");
        Assert.Equal((GrabStatus.Again, 1, 15L), (again.Status, again.Ordinal, again.AmountFen));
        Assert.Equal(Verdict.Consistent, (await world.Report(full: true)).Verdict);
    }

    [Fact]
    public async Task UserWithAShare_GetsNoSecondOne()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        var inFlight = await world.InFlight("x", "y");
        await world.Record(new Entry(EntryKind.Grab, inFlight, 1, "someone", 15, 1).ToString());
        await world.Record(
            ReconciliationWorld.GrabLine(packet, 1, "b"), ReconciliationWorld.GrabLine(packet, 1, "twice"),
            ReconciliationWorld.GrabLine(packet, 2, "twice"), ReconciliationWorld.GrabLine(inFlight, 1, "y"));

        var answer = await Correct(world, null);

        Assert.Equal(
            [("b", "has_a_share"), ("twice", "made_good"), ("twice", "has_a_share"), ("y", "has_a_share")],
            answer.Corrected.Select(entry => (entry.UserId, entry.Resolution)));
        Assert.Equal((15, 15), (answer.PaidFen, world.Ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:twice'")));
        world.Ledger.MustBalance();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UserWhoseShareOnlyTheLedgerKnows_GetsNoSecondOne(bool madeGood)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        if (madeGood)
        {
            await world.Record(ReconciliationWorld.GrabLine(packet, 2, "late"));
            await Correct(world, null);
        }
        var user = madeGood ? "late" : "b";
        await world.Store.HashDeleteAsync(PacketKeys.Packet(0, packet), $"u:{user}");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, user));

        var answer = await Correct(world, null);

        Assert.Equal("has_a_share", answer.Corrected.Single().Resolution);
        Assert.Equal((0, 25), (answer.PaidFen, world.Ledger.Number($"SELECT credits FROM accounts WHERE code = 'wallet:{user}'")));
    }

    [Fact]
    public async Task ClaimThatThePacketKnows_IsSettledOnceItIsCorrected()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Lost("a", "b");
        var fund = (await world.Get<RedisPackets>().Find(packet))!.FundLine;
        // The late line arrived before the claim that Redis granted again: its row stays.
        await world.Record(
            fund, ReconciliationWorld.GrabLine(packet, 1, "late"), ReconciliationWorld.GrabLine(packet, 1, "a"),
            ReconciliationWorld.GrabLine(packet, 2, "b"));
        Assert.Equal(1, (await world.Report()).Claims.Mismatch);

        await Correct(world, null);

        var report = await world.Report(full: true);
        Assert.Equal((Verdict.Consistent, 2, 40), (report.Verdict, report.Claims.Settled, report.Money.SettledFen));
        Assert.Equal(0, (await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: true, ReconciliationWorld.Stop)).Found);
    }

    [Fact]
    public async Task RefusedAndCorrected_IsNotRecordedWhenItWouldFitLater()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Lost("a");
        var line = ReconciliationWorld.GrabLine(packet, 1, "a");
        await world.Record(new Entry(EntryKind.Fund, packet, 0, "sender", 5, 1, "{}").ToString(), line);
        var parked = (await world.Get<ParkedReader>().Page(new(), 0, 10, ReconciliationWorld.Stop)).Parked;
        Assert.Equal("refused", parked.Single().Reason);

        await Correct(world, null);
        world.Ledger.Execute(
            $"UPDATE accounts SET credits = credits + 100 WHERE code = 'packet:{packet}'; "
            + "UPDATE accounts SET debits = debits + 100 WHERE kind = 1");

        await MustBePaid(world, line, 15);
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 2"));
    }

    [Fact]
    public async Task EntryThatIsNoShare_IsSkippedWithItsReason()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record("not an entry", new Entry(EntryKind.Fund, packet, 0, "sender", 7, 1, "{}").ToString());
        var unknown = ReconciliationWorld.GrabLine("0-ffffffffffff40008000000000000000", 1, "a");
        world.Ledger.Execute($"""
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '', 2, 1, 'a', 15, '{unknown}', 'refused', '', 5, 5),
                   (0, '', 2, 1, 'a', 15, 'g {packet} 9 z 134217728 5', 'refused', '', 5, 5)
            """);

        var answer = await Correct(world, [1, 2, 3, 4, 77]);

        Assert.Equal([3], answer.Corrected.Select(entry => entry.Id));
        Assert.Equal(
            ["unreadable", "not_a_grab", "amount_out_of_range", "not_parked"],
            answer.Skipped.OrderBy(skip => skip.Id).Select(skip => skip.Reason));
        Assert.Equal(1, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NOT NULL"));
    }

    [Fact]
    public async Task ConcurrentCorrections_PayOnce()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record([.. Enumerable.Range(0, 20).Select(i => ReconciliationWorld.GrabLine(packet, 1, $"late{i}"))]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Correct(world, null)));

        Assert.Equal((20, 300), (answers.Sum(answer => answer.Corrected.Count), answers.Sum(answer => answer.PaidFen)));
        Assert.Equal(20, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));
        Assert.Equal(300, world.Ledger.Number("SELECT debits FROM accounts WHERE code = 'loss:0'"));
        world.Ledger.MustBalance();
    }

    [Fact]
    public async Task GateShut_NoMoneyMoves()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "late"));
        await world.Store.HashDeleteAsync(PacketKeys.Meta(0), "run");

        var answer = await Called.By(
            world, "", "op", context => world.Get<RepairEndpoints>().Correct(context), """{"all":true,"dryRun":false}""");

        Assert.Equal((503, "gate_closed"), (answer.Status, answer.Code));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));
    }

    [Theory]
    [InlineData("{}", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"all":true}""", 400, "invalid_json")]
    [InlineData("""{"all":true,"dryRun":1}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"force":true}""", 400, "unknown_field")]
    [InlineData("""{"ids":[1]}""", 200, null)]
    [InlineData("""{"all":true}""", 200, null)]
    public async Task CorrectionBody_IsStrictAndADryRunByDefault(string body, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "late"));

        var answer = await Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Correct(context), body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));
    }

    // The user has the fen once, and nothing waits, no matter how often the same line arrives.
    private static async Task MustBePaid(ReconciliationWorld world, string line, long fen)
    {
        Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Duplicate], await world.Record(line, line));
        Assert.True(Entry.TryParse(line, out var entry));
        Assert.Equal(fen, world.Ledger.Number($"SELECT credits FROM accounts WHERE code = 'wallet:{entry!.UserId}'"));
        Assert.Equal(1, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
    }

    private static Task<CorrectionAnswer> Correct(ReconciliationWorld world, IReadOnlyList<long>? ids, bool dryRun = false) =>
        world.Get<Correction>().Run(new("op"), ids, dryRun, ReconciliationWorld.Stop);
}

public sealed class CorrectionOnSqliteTests(RedisFixture redis) : CorrectionTests(redis, null);

public sealed class CorrectionOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : CorrectionTests(redis, postgres);
