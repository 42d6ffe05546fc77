using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of operations: an operator pauses settlement and resumes it.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class PausePageTests(PageHost host)
{
    [Fact]
    public async Task Settlement_IsPausedWithAReason_AndResumed()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("pauser", asOperator: true);
        await visit.Open("/ops");
        await visit.Page.Locator("[name=pause-reason]").FillAsync("the backup is being checked");

        try
        {
            await visit["settlement-pause"].ClickAsync();

            await Expect(visit["settlement"]).ToHaveAttributeAsync("data-paused", "true");
            await Expect(visit["settlement"]).ToContainTextAsync("the backup is being checked");
            await Expect(visit["settlement"]).ToContainTextAsync("pauser");
            await visit["settlement-resume"].ClickAsync();
            await Expect(visit["settlement"]).ToHaveAttributeAsync("data-paused", "false");
        }
        finally
        {
            // Other tests use the same demo.
            DirectReaders.Execute(host.Ledger, "UPDATE house SET paused_at = NULL");
        }
    }
}
