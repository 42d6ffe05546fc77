using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of the report: an operator ends a parked entry, with a reason and after a question.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class DismissalPageTests(PageHost host)
{
    [Fact]
    public async Task ParkedLine_IsDismissed_WithAReason_AfterAQuestion()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("dismisser", asOperator: true);
        DirectReaders.Execute(host.Ledger, """
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '', 0, 0, '', 0, 'nonsense', 'unreadable', 'staged', 1, 1)
            """);
        await visit.Open("/ops/consistency");
        await visit.Recompute("INCONSISTENT");

        await visit["parked"].Locator("[data-test^=dismiss-]:is(button)").First.ClickAsync();
        await Expect(visit["dismiss-confirm"]).ToBeDisabledAsync();
        await visit["dismiss-cancel"].ClickAsync();
        await Expect(visit["dismiss-form"]).ToHaveCountAsync(0);
        await visit["parked"].Locator("[data-test^=dismiss-]:is(button)").First.ClickAsync();
        await visit.Page.Locator("[name=reason]").FillAsync("a test has sent it");
        await visit["dismiss-confirm"].ClickAsync();

        await Expect(visit["replay-result"]).ToContainTextAsync("1 dismissed, 0 skipped");
        await visit.Recompute("CONSISTENT");
        await Expect(visit["parked"]).ToHaveAttributeAsync("data-total", "0");
        await Expect(visit["recoveries"].Locator("tr[data-action=dismissal]").First).ToContainTextAsync("a test has sent it");
    }
}
