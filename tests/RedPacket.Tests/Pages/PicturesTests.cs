using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>
/// The pictures of the READMEs. RENEW_PICTURES=1 takes them anew from the pages, and other runs leave them unchanged.
/// </summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class PicturesTests(PageHost host)
{
    private const long Most = 200_000;
    private static readonly string[] s_names = ["operations-outage", "operations-plots", "packet-phone", "consistency"];

    [Fact]
    public async Task Pictures_AreThereAndLight()
    {
        if (Environment.GetEnvironmentVariable("RENEW_PICTURES") == "1")
            await TakeAll();
        foreach (var name in s_names)
            foreach (var scheme in new[] { "light", "dark" })
                Assert.InRange(new FileInfo(SourceTree.At($"src/RedPacket/pictures/{name}-{scheme}.png")).Length, 5_000, Most);
    }

    private async Task TakeAll()
    {
        await using var visit = await host.Visit();
        await visit.Open("/ops");
        await visit["become-operator"].ClickAsync();
        await visit.Page.Locator("[name=crowd-perSecond]").FillAsync("250");
        await visit["crowd-start"].ClickAsync();
        await Eventually.Pause(TimeSpan.FromSeconds(12));
        await visit.Page.Locator("[name=seconds-ledger-down]").FillAsync("60");
        await visit["break-ledger-down"].ClickAsync();
        await Expect(visit.Page.Locator("[data-part=ledger]")).ToHaveAttributeAsync("data-state", "stand");
        await Eventually.Pause(TimeSpan.FromSeconds(12));
        await visit.Page.SetViewportSizeAsync(1280, 1180);
        await Take(visit, "operations-outage");
        await visit["end-ledger-down"].ClickAsync();
        await visit.Page.Locator("[data-recovered=ledger-down]").WaitForAsync();
        await Eventually.Pause(TimeSpan.FromSeconds(5));
        await Take(visit, "operations-plots", ".plots");
        await visit["crowd-stop"].ClickAsync();
        await Report(visit);
        await Packet();
    }

    private static async Task Report(Visit visit)
    {
        await visit.Open("/ops/consistency");
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await visit["verdict"].First.GetAttributeAsync("data-verdict") == "CONSISTENT";
        });
        await visit["packet-line"].First.ClickAsync();
        await visit["claim-line"].First.ClickAsync();
        await Expect(visit["timeline"]).ToBeVisibleAsync();
        await Take(visit, "consistency");
    }

    private async Task Packet()
    {
        await using var visit = await host.Visit("zh-CN", phone: true);
        await visit.Open("/");
        await visit.Be("xiaoming");
        await visit.Send("88.88", 60, "恭喜发财，大吉大利 🧧");
        await visit["open"].ClickAsync();
        await visit["friends"].ClickAsync();
        await Expect(visit["grabbed"]).ToHaveTextAsync("51 / 60");
        await Expect(visit["my-state"].Locator("[data-settled=true]")).ToBeVisibleAsync();
        await Take(visit, "packet-phone");
    }

    private static async Task Take(Visit visit, string name, string? part = null)
    {
        foreach (var (scheme, suffix) in new[] { (ColorScheme.Light, "light"), (ColorScheme.Dark, "dark") })
        {
            await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            // The plots redraw themselves in the new colours.
            await visit.Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            await visit.Page.EvaluateAsync("() => scrollTo(0, 0)");
            var path = SourceTree.At($"src/RedPacket/pictures/{name}-{suffix}.png");
            const ScreenshotAnimations still = ScreenshotAnimations.Disabled;
            if (part is null)
                await visit.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, Animations = still });
            else
                await visit.Page.Locator(part).ScreenshotAsync(new LocatorScreenshotOptions { Path = path, Animations = still });
        }
    }
}
