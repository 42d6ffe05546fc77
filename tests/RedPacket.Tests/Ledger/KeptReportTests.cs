using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Kept;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Ledger;

/// <summary>Reports that are kept, and the alerts that follow from them: a rule that fails opens one, and passing resolves it.</summary>
public abstract class KeptReportTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    private static readonly Actor s_olga = new("olga", null, null);

    [Fact]
    public async Task FailingRule_OpensOneAlert_UntilALaterReportResolvesIt()
    {
        var record = await Open();

        await Keep(record, 1000, failing: [new("nothing_parked", 2), new("trial_balance", 7)]);
        await Keep(record, 2000, failing: [new("nothing_parked", 1)]);
        await Keep(record, 3000);
        await Keep(record, 4000, failing: [new("nothing_parked", 1)]);

        Assert.Equal(
            [("nothing_parked", 1000, 2000, 2, 3000), ("trial_balance", 1000, 1000, 7, 2000), ("nothing_parked", 4000, 4000, 1, null)],
            (await Alerts()).Select(alert => (alert.Rule, alert.OpenedAt, alert.SeenAt, alert.Worst, alert.ResolvedAt)));
        Assert.Equal(4, disk.Number("SELECT count(*) FROM reports"));
    }

    [Fact]
    public async Task RuleThatCouldNotBeChecked_LeavesItsAlert()
    {
        var record = await Open();
        await Keep(record, 1000, failing: [new("trial_balance", 7), new("nothing_parked", 1)]);

        await Keep(record, 2000, unknown: ["trial_balance"]);

        Assert.Equal([null, 2000L], (await Alerts()).Select(alert => alert.ResolvedAt));
    }

    [Fact]
    public async Task AlertOfARuleThatNoLongerExists_IsResolved()
    {
        var record = await Open();
        await Keep(record, 1000, failing: [new("rule_of_another_version", 1)]);

        await Keep(record, 2000, failing: [new("trial_balance", 1)], unknown: ["nothing_parked"]);

        Assert.Equal([2000L, null], (await Alerts()).Select(alert => alert.ResolvedAt));
    }

    // Two reports made side by side may be kept in the wrong order.
    [Fact]
    public async Task ReportThatLookedEarlier_NeitherResolvesAnAlertNorSetsItBack()
    {
        var record = await Open();
        await Keep(record, 2000, failing: [new("trial_balance", 7)]);

        await Keep(record, 1000);
        await Keep(record, 1500, failing: [new("trial_balance", 1)]);

        var alert = Assert.Single(await Alerts());
        Assert.Equal((2000, 2000, 7, null), (alert.OpenedAt, alert.SeenAt, alert.Worst, alert.ResolvedAt));
    }

    [Fact]
    public async Task Acknowledged_IsAuditedOnce_AndOpensAgainOnlyWhenItGetsWorse()
    {
        var record = await Open();
        await Keep(record, 1000, failing: [new("nothing_parked", 2)]);
        await Keep(record, 1001, failing: [new("trial_balance", 1), new("nothing_parked", 2)]);
        await Keep(record, 1002, failing: [new("nothing_parked", 2)]);

        var first = await record.Acknowledge(s_olga, [1, 2, 99, 1], TestLedger.Stop);
        var again = await record.Acknowledge(s_olga, [1], TestLedger.Stop);
        await Keep(record, 2000, failing: [new("nothing_parked", 2)]);
        var same = (await Alerts())[0];
        await Keep(record, 3000, failing: [new("nothing_parked", 3)]);
        var worse = (await Alerts())[0];
        var anew = await record.Acknowledge(s_olga, [1], TestLedger.Stop);

        Assert.Equal([1L], first);
        Assert.Empty(again);
        Assert.Equal((true, "olga"), (same.AcknowledgedAt is not null, same.AcknowledgedBy));
        Assert.Equal((null, null, 3), (worse.AcknowledgedAt, worse.AcknowledgedBy, worse.Worst));
        Assert.Equal([1L], anew);
        Assert.Equal(2, disk.Number("SELECT count(*) FROM audits WHERE action = 'alert_acknowledged' AND actor = 'olga'"));
    }

    [Fact]
    public async Task OldReportsAndResolvedAlerts_AreForgotten_AndUnresolvedOnesStay()
    {
        var record = await Open();
        await Keep(record, 1000, failing: [new("trial_balance", 1), new("nothing_parked", 1)]);
        await Keep(record, 2000, failing: [new("nothing_parked", 1)]);

        await Keep(record, 9000, failing: [new("nothing_parked", 1)], oldest: 2001);

        Assert.Equal((1, 9000), (disk.Number("SELECT count(*) FROM reports"), disk.Number("SELECT min(as_of) FROM reports")));
        Assert.Equal("nothing_parked", Assert.Single(await Alerts()).Rule);
    }

    private async Task<ReportRecord> Open()
    {
        var journal = await disk.Open();
        return new ReportRecord(journal, new AuditTrail(journal, TimeProvider.System), TimeProvider.System);
    }

    private static Task Keep(
        ReportRecord record, long asOf, FailingRule[]? failing = null, string[]? unknown = null, long oldest = 0) => record.Keep(
        new KeptReport { AsOf = asOf, Line = "{}", Report = "{}" }, failing ?? [], unknown ?? [],
        DateTimeOffset.FromUnixTimeMilliseconds(oldest), TestLedger.Stop);

    private async Task<List<AlertRow>> Alerts()
    {
        await using var ledger = disk.Read();
        return await ledger.Alerts.AsNoTracking().OrderBy(alert => alert.Id).ToListAsync(TestLedger.Stop);
    }
}

public sealed class KeptReportOnSqliteTests() : KeptReportTests(null);

[Needs("servers")]
public sealed class KeptReportOnPostgresTests(SharedPostgres postgres) : KeptReportTests(postgres);
