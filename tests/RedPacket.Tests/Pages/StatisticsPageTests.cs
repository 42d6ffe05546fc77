using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of the subscribers, and the news of a user, in both languages.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class StatisticsPageTests(PageHost host)
{
    [Fact]
    public async Task ShareThatWasWon_IsNewsForItsUser_AndCountsInTheStatistics()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("newsreader", asOperator: true);
        await visit.Open("/send");
        await visit.Send("1.00", 1);
        await visit["open"].ClickAsync();

        await Expect(visit["inbox"].Locator("[data-kind=won]").First).ToContainTextAsync("You won ¥1.00 from newsreader");
        await Expect(visit["inbox"].Locator("[data-kind=emptied]").First).ToContainTextAsync("All shares of your packet are taken");
        await visit.Page.Locator("nav a[href='/ops/statistics']").ClickAsync();

        foreach (var name in (string[])["notifications", "risk", "statistics"])
            await Expect(visit["followers-table"].Locator($"tr[data-name={name}]")).ToHaveAttributeAsync("data-state", "agrees");
        await Expect(visit["minutes"].Locator(".plot")).ToBeVisibleAsync();
        await Expect(visit["bars"].Locator("li").First).ToBeVisibleAsync();
        await Expect(visit["luckiest-table"].Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(visit["senders-table"].Locator("tbody tr").First).ToBeVisibleAsync();
        Assert.True(await visit.FitsItsWindow());
        // The report shows them too. All have reported, or the table above would not have them.
        await visit.Go("/ops/consistency");
        await Expect(visit["subscribers"].Locator("tr[data-state=agrees]")).ToHaveCountAsync(3);
        Assert.True(await visit.FitsItsWindow());
    }

    [Fact]
    public async Task OnAPhone_InChinese_ThePageFits_AndOnlyOperatorsSeeIt()
    {
        await using var visit = await host.Visit("zh-CN", phone: true);
        await visit.SignIn("reader");
        await visit.Open("/ops/statistics");
        await Expect(visit["followers"]).ToHaveCountAsync(0);
        await visit["become-operator"].ClickAsync();

        await Expect(visit["followers-table"]).ToContainTextAsync("一致");
        await Expect(visit["minutes"]).ToContainTextAsync("每分钟份数");
        Assert.True(await visit.FitsItsWindow());
    }
}
