using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The pages while the service is away, and after it is back.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class AwayTests(PageHost host)
{
    private static readonly Regex s_refused = new("ERR_|50[0-9]|40[0-9]");

    [Fact]
    public async Task ServiceAway_PagesSaySo_AndForgetItWhenTheServiceIsBack()
    {
        using var folder = new Folder("away");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        await using var start = await host.Visit(address: demo.Address);
        await using var visit = await host.Visit(address: demo.Address);
        start.Allowed = visit.Allowed = s_refused;
        await start.Open("/");
        await visit.Open("/ops");
        await visit["become-operator"].ClickAsync();
        await visit.Page.Locator("[name=crowd-perSecond]").FillAsync("20");
        await visit["crowd-start"].ClickAsync();
        await Eventually.Holds(async () => await visit.Number("crowd-figures") > 0);
        await Expect(visit["away"]).ToHaveCountAsync(0);

        await demo.Kill();

        await Expect(start["away"]).ToBeVisibleAsync();
        await Expect(visit["away"]).ToContainTextAsync("Last known at");
        await Expect(visit["verdict-line"]).ToContainTextAsync("Last known at");
        await Expect(visit["way"]).ToHaveCSSAsync("filter", "grayscale(1)");
        await visit["crowd-stop"].ClickAsync();
        await Expect(visit.Page.Locator(".crowd .problem")).ToContainTextAsync("unreachable");
        await visit.Page.EvaluateAsync("() => scrollTo(0, document.body.scrollHeight)");
        await Expect(visit["away"]).ToBeInViewportAsync();

        await demo.Start();

        await Expect(visit["away"]).ToHaveCountAsync(0);
        await Expect(start["away"]).ToHaveCountAsync(0);
        await Expect(visit["way"]).ToHaveCSSAsync("filter", "none");
        await Expect(visit.Page.Locator(".crowd .problem")).ToHaveCountAsync(0);
        await Expect(visit["crowd-figures"]).ToContainTextAsync("lost with the process");
        await Expect(visit["crowd-start"]).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ProblemOfAnAction_IsForgottenWhenItsFieldChanges()
    {
        await using var visit = await host.Visit();
        visit.Allowed = s_refused;
        await visit.Open("/ops");
        await visit["become-operator"].ClickAsync();
        await visit.Page.RouteAsync("**/demo/faults/ledger-down", route => route.AbortAsync());
        await visit["break-ledger-down"].ClickAsync();
        var problem = visit.Page.Locator("[data-fault=ledger-down] .problem");
        await Expect(problem).ToBeVisibleAsync();

        await visit.Page.Locator("[name=seconds-ledger-down]").FillAsync("21");

        await Expect(problem).ToHaveCountAsync(0);
    }
}
