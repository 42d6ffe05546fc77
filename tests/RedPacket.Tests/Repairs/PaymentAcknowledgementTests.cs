using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Reports.Commands;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// The report shows payments of the repair loop until an operator acknowledges them. A payment by an operator was seen
/// by a person.
/// </summary>
[Needs("servers")]
public abstract class PaymentAcknowledgementTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Sentence = "Payments that no operator has acknowledged: 2, ¥0.60 in all.";

    [Fact]
    public async Task PaymentOfTheLoop_IsShownInEveryForm_UntilItIsAcknowledged()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var ids = await PaidByTheLoop(world);

        var report = await world.Report();
        Assert.Equal((Verdict.Consistent, new UnacknowledgedPayments(2, 60)), (report.Verdict, report.UnacknowledgedPayments));
        Assert.Contains(Sentence, ReportTable.Write(report, colour: false), StringComparison.Ordinal);
        var html = (await Called.Report(world, "?format=html")).Body;
        Assert.Contains($"<p>{ReportHtml.Text(Sentence)}</p>", html, StringComparison.Ordinal);
        Assert.Equal((",2,", ",60,"), await SumsOfTheCsv(world));

        var answer = await Acknowledge(world, $$"""{"ids":[{{ids[0]}}]}""");
        Assert.Equal((200, $$"""{"acknowledged":[{{ids[0]}}],"skipped":[]}"""), (answer.Status, answer.Body));
        Assert.Equal(new UnacknowledgedPayments(1, 35), (await world.Report()).UnacknowledgedPayments);
        await Acknowledge(world, """{"all":true}""");

        report = await world.Report(full: true);
        Assert.Equal((Verdict.Consistent, new UnacknowledgedPayments(0, 0)), (report.Verdict, report.UnacknowledgedPayments));
        Assert.Equal(60, report.AdjustedFen);
        Assert.DoesNotContain("acknowledged", ReportTable.Write(report, colour: false), StringComparison.Ordinal);
        Assert.DoesNotContain("acknowledged", (await Called.Report(world, "?format=html")).Body, StringComparison.Ordinal);
        Assert.Equal((",0,", ",0,"), await SumsOfTheCsv(world));
    }

    [Fact]
    public async Task Acknowledgement_IsAudited_AndDoneTwiceItIsDoneOnce()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var ids = await PaidByTheLoop(world);
        var transfers = world.Ledger.Number("SELECT count(*) FROM transfers");

        await Acknowledge(world, """{"all":true}""");
        var at = world.Ledger.Texts("SELECT CAST(acknowledged_at AS text) FROM parked ORDER BY id");
        var again = await Acknowledge(world, $$"""{"ids":[{{ids[0]}},{{ids[0]}}]}""");
        var all = await Acknowledge(world, """{"all":true}""");

        Assert.Equal($$"""{"acknowledged":[],"skipped":[{"id":{{ids[0]}},"reason":"already_acknowledged"}]}""", again.Body);
        Assert.Equal("""{"acknowledged":[],"skipped":[]}""", all.Body);
        Assert.Equal(at, world.Ledger.Texts("SELECT CAST(acknowledged_at AS text) FROM parked ORDER BY id"));
        Assert.Equal(transfers, world.Ledger.Number("SELECT count(*) FROM transfers"));
        var audit = (await world.Report()).Healed.Single(healed => healed.Action == "acknowledgement");
        Assert.Equal(("op", 2L), (audit.Actor, audit.Entries));
        Assert.EndsWith($" mia {ids[0]}", audit.Some[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task PaymentOfAnOperator_NeedsNoAcknowledgement()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "mia"));

        var answer = await world.Get<Correction>().Run(new("op"), null, dryRun: false, ReconciliationWorld.Stop);

        Assert.Equal(25, answer.PaidFen);
        Assert.Equal(new UnacknowledgedPayments(0, 0), (await world.Report()).UnacknowledgedPayments);
        var line = (await world.Get<ParkedReader>().Page(new(IsResolved: true), 0, 10, ReconciliationWorld.Stop)).Parked.Single();
        Assert.Equal((line.ResolvedAt, true), (line.AcknowledgedAt, line.AcknowledgedAt is not null));
        var id = answer.Corrected.Single().Id;
        Assert.Equal(
            $$"""{"acknowledged":[],"skipped":[{"id":{{id}},"reason":"already_acknowledged"}]}""",
            (await Acknowledge(world, $$"""{"ids":[{{id}}]}""")).Body);
    }

    [Fact]
    public async Task EntryThatIsNoPayment_IsSkipped_AndStaysAsItIs()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 3, "b"));
        Assert.Equal(1, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        await world.Record("not an entry");
        var ids = world.Ledger.Texts("SELECT CAST(id AS text) FROM parked ORDER BY id");

        var answer = await Acknowledge(world, $$"""{"ids":[{{ids[0]}},{{ids[1]}},7777]}""");

        Assert.Equal($$"""
            {"acknowledged":[],"skipped":[{"id":{{ids[0]}},"reason":"not_a_payment"},{"id":{{ids[1]}},"reason":"not_a_payment"},
            """ + """{"id":7777,"reason":"not_a_payment"}]}""", answer.Body);
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM parked WHERE acknowledged_at IS NOT NULL"));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM audits WHERE action = 'acknowledgement'"));
        Assert.Equal(new UnacknowledgedPayments(0, 0), (await world.Report()).UnacknowledgedPayments);
    }

    [Fact]
    public async Task Unacknowledged_AreListed_AndThoseOfOnePacketCounted()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var other = await world.Settled("x");
        var ids = await PaidByTheLoop(world);
        await world.RecordLate(ReconciliationWorld.GrabLine(other, 2, "mia"));
        await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop);
        await Acknowledge(world, $$"""{"ids":[{{ids[1]}}]}""");

        var reader = world.Get<ParkedReader>();
        var page = await reader.Page(new(IsUnacknowledged: true), 0, 10, ReconciliationWorld.Stop);
        var resolved = await reader.Page(new(IsResolved: true), 0, 10, ReconciliationWorld.Stop);

        Assert.Equal((2L, ids[0]), (page.Total, $"{page.Parked[0].Id}"));
        Assert.Equal([false, true, false], resolved.Parked.Select(line => line.AcknowledgedAt is not null));
        var one = await world.Get<ReportBuilder>().Build(new ReportRequest(other), ReconciliationWorld.Stop);
        Assert.Equal(new UnacknowledgedPayments(1, 25), one.UnacknowledgedPayments);
    }

    [Theory]
    [InlineData("{}", 400, "invalid_json")]
    [InlineData("""{"ids":"1"}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"all":true}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"dryRun":true}""", 400, "unknown_field")]
    [InlineData("""{"ids":[]}""", 200, null)]
    [InlineData("""{"all":true}""", 200, null)]
    public async Task Body_IsStrict(string body, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        var answer = await Acknowledge(world, body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    // Two shares of a lost run, 25 and 35 fen, paid without a person. Returns the ids of their parked entries.
    private static async Task<IReadOnlyList<string>> PaidByTheLoop(ReconciliationWorld world)
    {
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 2, "mia"), ReconciliationWorld.GrabLine(packet, 3, "max"));
        Assert.Equal(2, await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop));
        return world.Ledger.Texts("SELECT CAST(id AS text) FROM parked ORDER BY id");
    }

    private static async Task<(string Count, string Fen)> SumsOfTheCsv(ReconciliationWorld world)
    {
        var lines = (await Called.Report(world, "?format=csv")).Body.Split("\r\n");
        return (ValueOf("count"), ValueOf("amountFen"));

        string ValueOf(string name)
        {
            var after = lines.Single(line => line.Contains($",unacknowledgedPayments.{name},", StringComparison.Ordinal)).Split(name)[1];
            return after[..(after.IndexOf(',', 1) + 1)];
        }
    }

    private static Task<Called> Acknowledge(ReconciliationWorld world, string body) =>
        Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Acknowledge(context), body);
}

public sealed class PaymentAcknowledgementOnSqliteTests(RedisFixture redis) : PaymentAcknowledgementTests(redis, null);

public sealed class PaymentAcknowledgementOnPostgresTests(RedisFixture redis, SharedPostgres postgres)
    : PaymentAcknowledgementTests(redis, postgres);
