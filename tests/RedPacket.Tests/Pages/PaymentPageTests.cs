using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of the report: an operator acknowledges what the house paid without a person.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class PaymentPageTests(PageHost host)
{
    [Fact]
    public async Task PaymentWithoutAPerson_IsShownUntilAnOperatorAcknowledgesIt_AndIsNoFault()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("acknowledger", asOperator: true);
        await visit.Open("/ops/consistency");
        await Expect(visit["rules"]).ToBeVisibleAsync();
        await Expect(visit["payments"]).ToHaveCountAsync(0);
        DirectReaders.Execute(host.Ledger, """
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at,
                lost_run, resolved_at, resolution)
            VALUES (0, '0-ffffffffffff40008000000000000000', 2, 3, 'mia', 1234, 'staged payment', 'conflict', '', 1, 1,
                'over', 1, 'made_good')
            """);

        await visit.Recompute("CONSISTENT");
        await Expect(visit["payments"]).ToContainTextAsync("without a person: 1, ¥12.34 in all");
        await Expect(visit["payment-table"]).ToContainTextAsync("mia");
        await visit["acknowledge"].ClickAsync();

        await Expect(visit["acknowledge-result"]).ToContainTextAsync("1 acknowledged, 0 skipped");
        await Expect(visit["payments"]).ToHaveAttributeAsync("data-count", "0");
        await Expect(visit["recoveries"].Locator("tr[data-action=acknowledgement]").First).ToContainTextAsync("acknowledger");
        await visit.Page.ReloadAsync();
        await Expect(visit["rules"]).ToBeVisibleAsync();
        await Expect(visit["payments"]).ToHaveCountAsync(0);
    }
}
