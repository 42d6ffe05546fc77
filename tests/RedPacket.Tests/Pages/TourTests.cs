using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The guided tour: each step is done by its button, and says so.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class TourTests(PageHost host)
{
    private static readonly string[] s_steps = ["send", "grab", "settled", "crowd", "stop", "return", "home", "report"];

    [Theory]
    [InlineData("en-GB", false)]
    [InlineData("zh-CN", true)]
    public async Task EachStep_IsDoneByItsButton(string language, bool phone)
    {
        await using var visit = await host.Visit(language, phone: phone);
        await visit.Open("/");
        await visit["tour-start"].ClickAsync();

        foreach (var step in s_steps)
        {
            await Expect(visit["tour"]).ToHaveAttributeAsync("data-step", step);
            await Expect(visit.Page.Locator("[data-spot]")).ToBeInViewportAsync();
            // A slow machine must not outlast them.
            if (step == "crowd")
                await visit.Page.Locator("[name=crowd-seconds]").FillAsync("900");
            if (step == "stop")
                await visit.Page.Locator("[name=seconds-ledger-down]").FillAsync("300");
            // A share settles without a button, and a report is already there.
            if (step is not ("settled" or "report"))
                await visit["tour-do"].ClickAsync();
            await Expect(visit["tour"]).ToHaveAttributeAsync("data-done", "true");
            Assert.True(await visit.FitsItsWindow(), $"step {step} is wider than its window");
            await visit[step == "report" ? "tour-leave" : "tour-next"].ClickAsync();
        }

        await Expect(visit["tour"]).ToHaveCountAsync(0);
        await Expect(visit.Page.Locator("[data-spot]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Tour_SurvivesAReload_AndGoesBack()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");
        await visit["tour-start"].ClickAsync();
        await visit["tour-do"].ClickAsync();
        await Expect(visit["tour"]).ToHaveAttributeAsync("data-done", "true");
        var packet = visit.Page.Url;
        await visit["tour-next"].ClickAsync();

        await visit.Page.ReloadAsync();
        await Expect(visit["tour"]).ToHaveAttributeAsync("data-step", "grab");
        await visit["tour-back"].ClickAsync();
        await Expect(visit.Page).ToHaveURLAsync(new Uri(host.Address, "/send").AbsoluteUri);
        await visit["tour-next"].ClickAsync();

        await Expect(visit.Page).ToHaveURLAsync(packet);
    }
}
