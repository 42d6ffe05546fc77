using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The start page, and the pages that send, open and show a packet.</summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class PacketPageTests(PageHost host)
{
    [Theory]
    [InlineData("en-GB", "A grab is answered immediately. The ledger follows.")]
    [InlineData("zh-CN", "抢，立刻有结果；账，随后就到。")]
    public async Task StartPage_UsesTheBrowsersLanguage_AndLinksThreePages(string language, string title)
    {
        await using var visit = await host.Visit(language);
        foreach (var (way, path) in new[] { ("way-grab", "/send"), ("way-load", "/ops#crowd"), ("way-inspect", "/ops/consistency") })
        {
            await visit.Open("/");
            await Expect(visit.Page.Locator("h1")).ToHaveTextAsync(title);
            await visit[way].ClickAsync();
            await Expect(visit.Page).ToHaveURLAsync(new Uri(host.Address, path).AbsoluteUri);
        }
    }

    [Fact]
    public async Task Language_IsSwitchedAndRemembered()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");

        await visit["language-zh"].ClickAsync();

        await Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("lang", "zh-CN");
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.Locator("h1")).ToContainTextAsync("立刻有结果");
        await visit["language-en"].ClickAsync();
        await Expect(visit.Page.Locator("h1")).ToContainTextAsync("answered immediately");
    }

    [Fact]
    public async Task Identity_IsChosenByNameOrTyped_AndForgotten()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");
        foreach (var name in new[] { "alice", "bob", "carol", "dave" })
        {
            await visit["who"].ClickAsync();
            await visit[$"name-{name}"].ClickAsync();
            await Expect(visit["who"]).ToHaveTextAsync(name);
        }

        await visit.Be("erin", asOperator: true);
        await Expect(visit["who"]).ToHaveTextAsync("erin");
        await visit["who"].ClickAsync();
        await visit["who-forget"].ClickAsync();
        await visit["who-close"].ClickAsync();
        await Expect(visit["who"]).ToHaveTextAsync("Who are you?");
        await Expect(visit.Page.Locator("dialog")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task SentPacket_IsGrabbedAndSettled()
    {
        await using var visit = await host.Visit(phone: true);
        await visit.Open("/send");
        await visit.Page.Locator("main [name=userId]").FillAsync("alice");
        await visit.Page.Locator("main [data-test=who-choose]").ClickAsync();
        foreach (var (chip, greeting) in new[] { ("greeting-1", "大吉大利"), ("greeting-2", "Happy New Year"), ("greeting-0", "恭喜发财") })
        {
            await visit[chip].ClickAsync();
            await Expect(visit.Page.Locator("[name=greeting]")).ToHaveValueAsync(greeting);
        }

        await visit.Send("1.23", 1, "恭喜发财");
        await Expect(visit["state"]).ToHaveTextAsync("Open");
        await visit["open"].ClickAsync();

        await Expect(visit["my-share"]).ToHaveTextAsync("¥1.23");
        await Expect(visit.Page.Locator(".share")).ToBeFocusedAsync();
        await Expect(visit["my-state"]).ToContainTextAsync("Settled");
        await Expect(visit["state"]).ToHaveTextAsync("All taken");
        await Expect(visit["left"]).ToHaveTextAsync("¥0.00");
        await Expect(visit["luckiest"]).ToBeVisibleAsync();
        await Expect(visit["wallet"]).ToContainTextAsync("Complete through");
        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");
    }

    [Fact]
    public async Task LedgerDown_ShareIsShownAsPending_ThenAsSettled()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("waiting", asOperator: true);
        await visit.Send("5.00", 5);
        await visit.Page.EvaluateAsync(
            "() => fetch('/demo/faults/ledger-down', { method: 'POST', "
            + "headers: { 'Content-Type': 'application/json' }, body: '{\"seconds\":300}' })");
        await visit["open"].ClickAsync();

        await Expect(visit["my-state"]).ToContainTextAsync("On its way");
        await visit.Page.EvaluateAsync(
            "() => fetch('/demo/faults/ledger-down', { method: 'DELETE', headers: { 'Content-Type': 'application/json' } })");

        await Expect(visit["my-state"]).ToContainTextAsync("Settled");
        var share = await visit["my-share"].InnerTextAsync();
        await Expect(visit["balance"]).ToHaveTextAsync(share);
    }

    [Fact]
    public async Task FiftyFriends_GrabAllShares_AndALongListShowsMore()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("generous");
        await visit.Send("2.00", 40);
        await Expect(visit["join"]).ToContainTextAsync("only this machine");

        await visit["friends"].ClickAsync();

        await Expect(visit["friends-result"]).ToContainTextAsync("40 won ¥2.00, 10 came too late");
        await Expect(visit["grabbed"]).ToHaveTextAsync("40 / 40");
        await Expect(visit["shares"].Locator("li")).ToHaveCountAsync(40);
        await Expect(visit["shares"].Locator("[data-settled=true]")).ToHaveCountAsync(40);
        await visit["open"].ClickAsync();
        await Expect(visit["late"]).ToHaveTextAsync("Too late");
        await Expect(visit["late"]).ToBeFocusedAsync();

        await visit.Send("3.00", 120);
        foreach (var taken in new[] { 50, 100, 120 })
        {
            await visit["friends"].ClickAsync();
            await Expect(visit["grabbed"]).ToHaveTextAsync($"{taken} / 120");
        }
        await Expect(visit["friends-result"]).ToContainTextAsync("20 won");
        await visit["more"].ClickAsync();
        await Expect(visit["shares"].Locator("li")).ToHaveCountAsync(120);
        await Expect(visit["luckiest"]).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ExpiredPacket_ShowsTheRefund()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("hasty");
        await visit.Open("/");
        // Grabbed right after it was sent: the page may take longer than the packet lasts.
        var packetId = await visit.Page.EvaluateAsync<string>("""
            async () => {
              const { packetId } = await (await fetch('/api/v1/packets', { method: 'POST',
                headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'hasty' },
                body: '{"kind":"equal","amountFen":400,"count":4,"greeting":"","expiresInSeconds":10}' })).json();
              await fetch(`/api/v1/packets/${packetId}/grabs`, { method: 'POST' });
              return packetId;
            }
            """);
        await visit.Go($"/p/{packetId}");
        await Expect(visit["my-share"]).ToHaveTextAsync("¥1.00");

        await Expect(visit["refunded"]).ToHaveTextAsync("¥3.00");
        await Expect(visit["state"]).ToHaveTextAsync("Expired");
        await using var other = await host.Visit("zh-CN");
        await other.SignIn("slow");
        await other.Open($"/p/{packetId}");
        await other["open"].ClickAsync();
        await Expect(other["late"]).ToHaveTextAsync("已过期");
    }

    [Fact]
    public async Task GreetingWithMarkup_ShowsAsText()
    {
        const string greeting = "<img src=x onerror=alert(1)><b>&amp; 发</b>";
        await using var visit = await host.Visit();
        await visit.SignIn("mallory");

        await visit.Send("1.00", 1, greeting);

        await Expect(visit["greeting"]).ToHaveTextAsync(greeting);
        await Expect(visit["greeting"].Locator("*")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LongGreeting_IsShownWhole_AndTheFlapEndsBelowIt(bool phone)
    {
        const string room = """
            () => {
              const [head, greeting] = ['.packet .head', '.packet .greeting'].map((name) => document.querySelector(name));
              const cut = greeting.scrollHeight - greeting.clientHeight;
              return cut > 1 ? -cut : head.getBoundingClientRect().bottom - greeting.getBoundingClientRect().bottom;
            }
            """;
        await using var visit = await host.Visit(phone: phone);
        await visit.SignIn("talker");

        await visit.Send("1.00", 1, string.Concat(Enumerable.Repeat("恭喜发财", 25)));

        // The flap is an arc: at the sides it is 46 pixels shorter than in the middle.
        Assert.InRange(await visit.Page.EvaluateAsync<double>(room), 50, 70);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        const string flap = "() => getComputedStyle(document.querySelector('.packet .head'), '::before').visibility";
        Assert.Equal("hidden", await visit.Page.EvaluateAsync<string>(flap));
    }

    [Fact]
    public async Task Link_IsCopied()
    {
        await using var visit = await host.Visit();
        await visit.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await visit.SignIn("host");
        var packetId = await visit.Send("1.00", 1);

        await visit["copy"].First.ClickAsync();

        await Expect(visit["copy"].First).ToHaveTextAsync("Copied");
        Assert.Equal(
            new Uri(host.Address, $"/p/{packetId}").AbsoluteUri,
            await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await Expect(visit["copy"].First).ToHaveTextAsync("Copy the link");
    }

    [Theory]
    [InlineData("/p/0-019a5a7c8d2e7c4f9b1e3a5d6f708192", "0-019a5a7c8d2e7c4f9b1e3a5d6f708192", "packet_unknown")]
    [InlineData("/p/xyz", "xyz", "packet_id_invalid")]
    [InlineData("/p/%zz", "%zz", "packet_id_invalid")]
    public async Task WrongPacketId_ShowsTheProblemAndAWayBack(string path, string packetId, string code)
    {
        await using var visit = await host.Visit();
        visit.Allowed = new("40[04]");
        await visit.SignIn("lost");

        await visit.Open(path);

        await Expect(visit.Page.Locator("main [role=alert]")).ToContainTextAsync(code);
        await Expect(visit["packet-id"]).ToHaveTextAsync(packetId);
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Back to the start page" }).ClickAsync();
        await Expect(visit.Page.Locator("h1")).ToContainTextAsync("answered immediately");
    }
}
