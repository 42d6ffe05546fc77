using System.Net;
using Microsoft.Playwright;
using RedPacket.Tests.Servers;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>
/// The pages in the service: they have no part of the demo, and callers give a token that only the memory of the page
/// keeps.
/// </summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class ServicePageTests(PageHost host, RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Service_AsksForAToken_AndHasNoFaults()
    {
        using var folder = new Folder("service-pages");
        var settings = new Dictionary<string, string>(Tokens.Settings)
        {
            ["ConnectionStrings:Redis"] = redis.ConnectionString,
            ["ConnectionStrings:Ledger"] = $"Data Source={folder.File("ledger.db")}",
            ["Outbox:InMemory"] = "true",
        };
        using var service = ServiceProcess.Service(folder, settings);
        await service.Start();
        using var client = new HttpClient { BaseAddress = service.Address };
        using var who = await client.GetAsync(new Uri("/demo/who", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, who.StatusCode);
        await using var visit = await host.Visit(address: service.Address);
        // The browser logs the 404 of the demo's call.
        visit.Allowed = new("404");
        await visit.Open("/send");
        var token = visit.Page.Locator("main [name=token]");
        await token.FillAsync("no token");
        await visit["token-use"].ClickAsync();
        await Expect(visit.Page.Locator("main [role=alert]")).ToBeVisibleAsync();
        await token.FillAsync(new Tokens().Bearer("theo", asOperator: true)["Bearer ".Length..]);
        await Expect(visit.Page.Locator("main [role=alert]")).ToHaveCountAsync(0);
        await token.PressAsync("Enter");

        await visit.Page.Locator("[name=count]").FillAsync("1");
        await visit["send"].ClickAsync();
        await visit["open"].ClickAsync();
        await Expect(visit["my-state"]).ToContainTextAsync("Settled");
        await Expect(visit["friends"]).ToHaveCountAsync(0);
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Operations" }).ClickAsync();
        await Expect(visit["way"]).ToBeVisibleAsync();
        await Expect(visit.Page.Locator("[data-fault], #crowd")).ToHaveCountAsync(0);
        // An answer that comes after the token was forgotten must not lead to another call.
        var forgotten = new TaskCompletionSource();
        await visit.Page.RouteAsync("**/api/v1/parked", async call =>
        {
            await forgotten.Task;
            await call.ContinueAsync();
        });
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Consistency" }).ClickAsync();
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);
        await visit["who"].ClickAsync();
        await visit["token-forget"].ClickAsync();
        await visit["who-close"].ClickAsync();
        await Expect(visit["who"]).ToHaveTextAsync("No token");
        await visit.Page.RunAndWaitForResponseAsync(
            () => Task.FromResult(forgotten.TrySetResult()),
            answer => answer.Url.EndsWith("/api/v1/parked", StringComparison.Ordinal));
        await visit.Page.EvaluateAsync("() => fetch('/api/v1/info')");
        const string storedTokens = "() => Object.values({ ...localStorage, ...sessionStorage }).filter(value => value.includes('eyJ'))";
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>(storedTokens));
    }

    [Fact]
    public async Task UnderAnotherPath_PagesLinksAndCallsWork()
    {
        using var folder = new Folder("base");
        using var demo = ServiceProcess.Demo(folder, new Dictionary<string, string> { ["Http:PathBase"] = "/pay/red" });
        await demo.Start();
        await using var visit = await host.Visit(address: demo.Address);
        await visit.SignIn("paula");
        await visit.Open("/pay/red/send");
        await visit.Page.Locator("[name=amount]").FillAsync("1.00");
        await visit.Page.Locator("[name=count]").FillAsync("1");
        await visit["send"].ClickAsync();
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        Assert.StartsWith("/pay/red/p/", new Uri(visit.Page.Url).AbsolutePath, StringComparison.Ordinal);

        await visit.Page.ReloadAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        await visit.Page.Locator("header a[href='/pay/red/ops']").ClickAsync();
        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");
        Assert.Equal("/pay/red/ops", new Uri(visit.Page.Url).AbsolutePath);
    }

    [Fact]
    public async Task OpenDemo_ShowsAWarning_AndAPhoneJoinsByQrCode()
    {
        using var folder = new Folder("open-pages");
        using var demo = ServiceProcess.Demo(folder, new Dictionary<string, string> { ["Demo:OpenToNetwork"] = "true" });
        await demo.Start();
        await using var visit = await host.Visit(address: demo.Address);
        await visit.SignIn("hostess");
        await visit.Open("/");
        await Expect(visit.Page.Locator(".alarm")).ToContainTextAsync("OPEN TO THE NETWORK");
        var packetId = await visit.Send("2.00", 2);
        await Expect(visit["link"]).ToHaveValueAsync(new System.Text.RegularExpressions.Regex($"/demo/join/{packetId}$"));
        await Expect(visit["qr"]).ToHaveJSPropertyAsync("complete", true);
        Assert.True(await visit["qr"].EvaluateAsync<int>("picture => picture.naturalWidth") > 0);

        await using var phone = await host.Visit("zh-CN", phone: true, address: demo.Address);
        await phone.Open($"/demo/join/{packetId}");
        await phone["open"].ClickAsync();

        await Expect(phone["my-share"]).ToBeVisibleAsync();
        await Expect(phone["who"]).ToContainTextAsync("guest-");
    }
}
