using System.Text.RegularExpressions;
using Microsoft.Playwright;
using RedPacket.Tests.Operations;
using RedPacket.Tests.Servers;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>
/// The pages of a process that lacks roles: with a peer they work, and without one they say what is missing.
/// </summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed partial class SplitPageTests(PageHost host, SplitServiceTests.ThreePrograms programs, RedisFixture redis)
    : IClassFixture<SplitServiceTests.ThreePrograms>, IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task EveryPage_WorksAtEachProcess(int process)
    {
        await using var visit = await host.Visit(address: programs.All[process].Address);
        // The browser logs the 404 of the demo's call.
        visit.Allowed = NotFound();
        await visit.Open("/send");
        await Give(visit, $"theo{process}");
        await visit.Page.Locator("[name=count]").FillAsync("1");
        await visit["send"].ClickAsync();
        await visit["open"].ClickAsync();
        await Expect(visit["my-state"]).ToHaveTextAsync(SettledWord());
        await Expect(visit["balance"]).ToContainTextAsync("100.00");
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Consistency" }).ClickAsync();
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Operations" }).ClickAsync();
        await Expect(visit["verdict"].First).ToHaveAttributeAsync("data-verdict", "CONSISTENT");
        await Expect(visit["elsewhere"]).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ProcessWithoutPeers_SaysWhatItDoesNotServe()
    {
        using var folder = new Folder("alone");
        using var relay = ServiceProcess.Service(folder, new Dictionary<string, string>(Tokens.Settings)
        {
            ["RedPacket:Roles"] = "relay,settle",
            ["ConnectionStrings:Ledger"] = $"Data Source={folder.File("ledger.db")}",
            ["ConnectionStrings:Redis"] = redis.ConnectionString,
            ["Outbox:InMemory"] = "true",
        });
        await relay.Start(untilReady: false);
        await using var visit = await host.Visit(address: relay.Address);
        visit.Allowed = NotFound();

        await visit.Open("/p/0-019a5a7c8d2e7c4f9b1e3a5d6f708192");
        await Expect(visit["elsewhere"]).ToHaveTextAsync(
            "This process has the roles: relay, settle. Packets are served at another address. "
            + "The report and the wallets are served at another address.");
        await Give(visit, "olga");
        await Expect(visit.Page.Locator("main [role=alert]")).ToContainTextAsync("role_absent");
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Consistency" }).ClickAsync();
        await Expect(visit.Page.Locator("main [role=alert]")).ToContainTextAsync("role_absent");
        await Expect(visit.Page.Locator("main")).Not.ToContainTextAsync("Loading");
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Operations" }).ClickAsync();
        await Expect(visit["verdict-line"]).ToContainTextAsync("this process cannot read one");
    }

    [Theory]
    [InlineData("en-GB", "There is no page at this address", "Go to the start page")]
    [InlineData("zh-CN", "这个地址没有页面", "返回首页")]
    public async Task WrongAddress_SaysSoAndLeadsHome(string language, string title, string home)
    {
        await using var visit = await host.Visit(language);
        // The browser logs the status of the document.
        visit.Allowed = NotFound();

        var answer = await visit.Page.GotoAsync("/nowhere?x=1");

        Assert.Equal(404, answer!.Status);
        await Expect(visit["nowhere"]).ToContainTextAsync(title);
        await visit.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = home }).ClickAsync();
        await Expect(visit["way-grab"]).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("/send/", "page-send")]
    [InlineData("/ops/consistency/", "page-consistency")]
    public async Task SlashAtTheEnd_IsTheSamePage(string path, string page)
    {
        await using var visit = await host.Visit();
        await visit.SignIn("paula", asOperator: true);

        await visit.Open(path);

        await Expect(visit.Page.Locator($"main.{page}")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task AddressThatIsNoText_IsABadPacketId()
    {
        await using var visit = await host.Visit();
        visit.Allowed = new Regex("400");
        await visit.SignIn("paula");
        await visit.Open("/");

        await visit.Page.EvaluateAsync("() => history.pushState(null, '', '/p/%E0') ?? dispatchEvent(new PopStateEvent('popstate'))");

        await Expect(visit.Page.Locator("main [role=alert]")).ToContainTextAsync("packet_id_invalid");
    }

    private static async Task Give(Visit visit, string user)
    {
        await visit.Page.Locator("main [name=token]").FillAsync(new Tokens().Bearer(user, asOperator: true)["Bearer ".Length..]);
        await visit.Page.Locator("main [data-test=token-use]").ClickAsync();
    }

    [GeneratedRegex("404")]
    private static partial Regex NotFound();

    [GeneratedRegex("Settled")]
    private static partial Regex SettledWord();
}
