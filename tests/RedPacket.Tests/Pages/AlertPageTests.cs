using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of the report: alerts, reports that were kept, and what changed since.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed partial class AlertPageTests(PageHost host)
{
    [Fact]
    public async Task Fault_OpensAnAlert_ThatIsAcknowledgedAndResolved_AndTheReportOfThenIsKept()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("watcher", asOperator: true);
        await visit.Open("/ops/consistency");
        await visit.Recompute("CONSISTENT");
        DirectReaders.Execute(host.Ledger, """
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '0-ffffffffffff40008000000000000000', 2, 3, 'mia', 1234, 'staged alert', 'conflict', '', 1, 1)
            """);
        await visit.Recompute("INCONSISTENT");
        var alert = visit["alert-table"].Locator("tr[data-alert=nothing_parked]").First;
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await alert.CountAsync() > 0 && await alert.GetAttributeAsync("data-state") == "OPEN";
        }, what: "the alert is open");

        await alert.Locator("[data-test^=alert-]").ClickAsync();
        await Expect(visit["alert-result"]).ToContainTextAsync("1 acknowledged, 0 skipped");
        await Expect(alert).ToHaveAttributeAsync("data-state", "ACKNOWLEDGED");
        await Expect(alert).ToContainTextAsync("watcher");
        DirectReaders.Execute(host.Ledger, "DELETE FROM parked WHERE payload = 'staged alert'");
        await visit.Recompute("CONSISTENT");
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await alert.GetAttributeAsync("data-state") == "RESOLVED";
        }, what: "the alert is resolved");

        await alert.Locator("a").First.ClickAsync();
        await Expect(visit["kept"]).ToBeVisibleAsync();
        await Expect(visit["verdict"].First).ToHaveAttributeAsync("data-verdict", "INCONSISTENT");
        await Expect(visit["change-rules"].Locator("tr[data-changed=nothing_parked]")).ToContainTextAsync(Results());
        await Expect(visit["change-gone"].Locator("tr[data-kind=parked]")).ToHaveCountAsync(1);
        await Expect(visit["compute"]).ToHaveCountAsync(0);
        await Expect(visit["repair"]).ToHaveCountAsync(0);
        await visit["all-packets"].ClickAsync();
        await Expect(visit["compute"]).ToBeVisibleAsync();
        await visit["kept-report"].First.ClickAsync();
        await Expect(visit["kept"]).ToBeVisibleAsync();
    }

    [GeneratedRegex("FAIL\\s*PASS")]
    private static partial Regex Results();
}
