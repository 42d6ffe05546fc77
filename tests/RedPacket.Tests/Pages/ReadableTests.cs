using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>
/// Accessibility of every page: contrast, the keyboard alone, reduced motion, and the width of a phone.
/// </summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class ReadableTests(PageHost host)
{
    private static readonly string[] s_pages = ["/", "/send", "/ops", "/ops/consistency"];

    /// <summary>
    /// Finds visible text with too little contrast to the nearest painted background, as the browser computes both.
    /// </summary>
    private const string Weak = """
        () => {
          const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
          const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          const rgba = (colour) => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
          };
          const ground = (element) => {
            for (let at = element; at; at = at.parentElement) {
              const colour = rgba(getComputedStyle(at).backgroundColor);
              if (colour[3] > 250) return colour;
            }
            return [255, 255, 255];
          };
          const isVisible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
          const weak = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const element = node.parentElement;
            if (!node.data.trim() || element.closest('svg, noscript, .skip, option, script') || !isVisible(element)) continue;
            const [one, other] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${node.data.trim().slice(0, 30)}`);
          }
          return weak;
        }
        """;

    [Theory]
    [InlineData(ColorScheme.Light, false)]
    [InlineData(ColorScheme.Dark, true)]
    public async Task Pages_HaveEnoughContrast_AndFitTheirWindow(ColorScheme scheme, bool phone)
    {
        await using var visit = await host.Visit(scheme: scheme, phone: phone);
        await visit.SignIn("reader", asOperator: true);
        var packetId = await visit.Send("1.00", 1);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        foreach (var page in s_pages.Append($"/p/{packetId}"))
        {
            await visit.Open(page);
            var content = page == "/ops" ? "[data-fault]" : page == "/ops/consistency" ? "[data-rule]" : "main > *";
            await visit.Page.Locator(content).First.WaitForAsync();
            Assert.Equal("", string.Join('\n', (await visit.Page.EvaluateAsync<string[]>(Weak)).Distinct()));
            Assert.True(await visit.FitsItsWindow(), $"{page} is wider than its window");
        }
    }

    [Fact]
    public async Task KeyboardAlone_ChoosesANameSendsAndOpens()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");
        await Press(visit, "[data-test=way-grab]");
        await Focus(visit, "main [name=userId]");
        await visit.Page.Keyboard.TypeAsync("typist");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Press(visit, "[data-test=send]");
        await Press(visit, "[data-test=open]");

        await Expect(visit["my-share"]).ToBeVisibleAsync();
        await Press(visit, "[data-test=who]");
        await Expect(visit.Page.Locator("dialog")).ToBeVisibleAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(visit.Page.Locator("dialog")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task KeyboardAlone_StagesAFaultAndEndsIt_AndDrillsDownToAShare()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("typist", asOperator: true);
        var packetId = await visit.Send("1.00", 1);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();

        await visit.Open("/ops");
        await Focus(visit, "[name=seconds-deliveries-twice]");
        await visit.Page.Keyboard.PressAsync("Control+A");
        await visit.Page.Keyboard.TypeAsync("300");
        await Press(visit, "[data-test=break-deliveries-twice]");
        await Expect(visit.Page.Locator("[data-fault=deliveries-twice]")).ToHaveAttributeAsync("data-active", "true");
        await Press(visit, "[data-test=end-deliveries-twice]");
        await Expect(visit.Page.Locator("[data-fault=deliveries-twice]")).ToHaveAttributeAsync("data-active", "false");

        await visit.Open("/ops/consistency");
        await Focus(visit, "[name=packetId]");
        await visit.Page.Keyboard.TypeAsync(packetId);
        await visit.Page.Keyboard.PressAsync("Enter");
        await Press(visit, "[data-test=claim-line]");
        await Expect(visit["timeline"]).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ReducedMotion_StopsAnimations()
    {
        const string moving = "() => document.getAnimations().length";
        await using var visit = await host.Visit();
        await visit.Open("/");
        await visit.Page.Locator(".hero-picture .coin").First.WaitForAsync();

        Assert.Equal(0, await visit.Page.EvaluateAsync<int>(moving));
        await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.NoPreference });
        await Eventually.Holds(async () => await visit.Page.EvaluateAsync<int>(moving) > 0);
    }

    [Fact]
    public async Task FirstTabStop_LeadsToTheContent()
    {
        await using var visit = await host.Visit();
        await visit.Open("/send");

        await visit.Page.Keyboard.PressAsync("Tab");

        await Expect(visit.Page.Locator(".skip")).ToBeFocusedAsync();
    }

    private static async Task Press(Visit visit, string selector)
    {
        await Focus(visit, selector);
        await visit.Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Presses Tab until the element has the focus.</summary>
    private static async Task Focus(Visit visit, string selector)
    {
        await visit.Page.Locator(selector).WaitForAsync();
        for (var stop = 0; stop < 200; stop++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            if (await visit.Page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) === true", selector))
                return;
        }
        Assert.Fail($"no Tab reaches {selector}");
    }
}
