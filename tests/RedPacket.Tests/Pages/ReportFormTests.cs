using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The report for people: words in both languages, bad addresses, tables, a phone and paper.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed partial class ReportFormTests(PageHost host)
{
    private const string OffToTheRight = """
        () => [...document.querySelectorAll('th, td, td *, dd')].filter((at) => at.checkVisibility() &&
          at.getBoundingClientRect().right > innerWidth).map((at) => at.outerHTML.slice(0, 80))
        """;

    [Theory]
    [InlineData("packetId=xyz", "packet_id_invalid")]
    [InlineData("packetId=0-ffffffffffff40008000000000000000", "packet_unknown")]
    [InlineData("packetId={0}&ordinal=9999", "claim_unknown")]
    [InlineData("packetId={0}&ordinal=x", "query_invalid")]
    [InlineData("packetId={0}&after=x", "page_invalid")]
    [InlineData("after=x", "packet_id_invalid")]
    [InlineData("ordinal=1", "query_invalid")]
    public async Task BadAddress_ShowsTheErrorAndAWayBack_NotTheReportBefore(string query, string code)
    {
        await using var visit = await Operator("lost");
        visit.Allowed = Refused();
        var packetId = await visit.Send("1.00", 1);
        await visit.Go("/ops/consistency");
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);

        var bad = "/ops/consistency?" + query.Replace("{0}", packetId, StringComparison.Ordinal);
        await visit.Go(bad);

        await Expect(visit["report"].Locator(".problem")).ToContainTextAsync(code);
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(0);
        await Expect(visit["verdict"]).ToHaveCountAsync(0);
        await Expect(visit["reading"]).ToHaveCountAsync(0);
        await visit["all-packets"].ClickAsync();
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);
    }

    [Fact]
    public async Task ErrorWithNumbers_IsShownInWordsAndAsTheServiceSaysIt()
    {
        await using var visit = await Operator("lost", "zh-CN");
        visit.Allowed = Refused();

        await visit.Open("/ops/consistency?packetId=xyz");

        await Expect(visit["report"].Locator(".problem")).ToContainTextAsync("红包编号无效");
        await Expect(visit["report"].Locator(".problem small")).ToHaveTextAsync("A packet id is <shard>-<32 hex digits>.");
    }

    [Fact]
    public async Task ChineseReport_HasNoEnglishInItsTables()
    {
        await using var visit = await Operator("reader", "zh-CN");
        await visit.Open("/ops/consistency");
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);

        var parts = visit.Page.Locator("[data-rule], .sums, .verdict strong, .meaning, thead, [data-test=report-asof]");
        var texts = await parts.AllInnerTextsAsync();

        Assert.Empty(texts.SelectMany(text => English().Matches(text)).Select(found => found.Value));
    }

    [Fact]
    public async Task SidesOfMoneyRules_AreYuan_AndTheOthersCount()
    {
        await using var visit = await Operator("reader");
        await visit.Send("1.00", 1);
        await visit.Go("/ops/consistency");

        await Expect(visit.Page.Locator("[data-rule=conservation_in_sum] td.n").First).ToHaveTextAsync(Yuan());
        await Expect(visit.Page.Locator("[data-rule=conservation_per_packet] td.n").First).ToHaveTextAsync(Counted());
    }

    [Fact]
    public async Task Tables_AreSortedAndFiltered()
    {
        await using var visit = await Operator("sorter");
        var poor = await visit.Send("0.01", 1);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        var rich = await visit.Send("9999.00", 1);
        await visit.Go("/ops/consistency");
        await Expect(visit["packet-line"].First).ToHaveTextAsync(rich);

        await visit["sort-packets-funded"].ClickAsync();
        await Expect(visit["packet-line"].First).Not.ToHaveTextAsync(rich);
        await visit["sort-packets-funded"].ClickAsync();
        await Expect(visit["packet-line"].First).ToHaveTextAsync(rich);

        await visit.Page.Locator("[name=state]").SelectOptionAsync("emptied");
        await Expect(visit.Page.Locator("tr[data-state=open]")).ToHaveCountAsync(0);
        await Expect(visit["packets"]).ToContainTextAsync(poor);
        await Expect(visit["packets"]).ToContainTextAsync("sorter");
        await visit.Page.Locator("[name=verdict]").SelectOptionAsync("INCONSISTENT");
        await Expect(visit["packets"]).Not.ToContainTextAsync(poor);
    }

    [Fact]
    public async Task ClaimsInFlight_AreFoundInThePacket()
    {
        await using var visit = await Operator("waiter");
        await visit.Open("/");
        await visit.Page.EvaluateAsync("""
            () => fetch('/demo/faults/ledger-down',
              { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"seconds":120}' })
            """);
        try
        {
            var packetId = await visit.Send("2.00", 2);
            await visit["open"].ClickAsync();
            await Expect(visit["my-share"]).ToBeVisibleAsync();
            await visit.Go($"/ops/consistency?packetId={packetId}");

            await visit.Page.Locator("[name=status]").SelectOptionAsync("in_flight");

            await Expect(visit["claim-line"]).ToHaveCountAsync(1);
            await Expect(visit["claims"].Locator("[data-status=in_flight]")).ToHaveCountAsync(1);
            await Expect(visit["causes"].Locator("[data-cause=in_flight]")).ToContainTextAsync("normal while people grab");
        }
        finally
        {
            await visit.Page.EvaluateAsync("""
                () => fetch('/demo/faults/ledger-down', { method: 'DELETE', headers: { 'Content-Type': 'application/json' } })
                """);
        }
    }

    [Fact]
    public async Task IdAndLink_AreCopied()
    {
        await using var visit = await Operator("copier");
        await visit.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var packetId = await visit.Send("1.00", 1);
        await visit.Go($"/ops/consistency?packetId={packetId}");

        await visit["copy"].First.ClickAsync();
        await Expect(visit["copy"].First).ToHaveTextAsync("Copied");
        Assert.Equal(packetId, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await visit["copy"].Nth(1).ClickAsync();
        await Expect(visit["copy"].Nth(1)).ToHaveTextAsync("Copied");
        Assert.Equal(visit.Page.Url, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task WithoutAClipboard_TheSelectionIsCopied()
    {
        await using var visit = await Operator("copier");
        await visit.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var packetId = await visit.Send("1.00", 1);
        await visit.Go($"/ops/consistency?packetId={packetId}");
        await visit.Page.EvaluateAsync("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('none')); }");

        await visit["copy"].First.ClickAsync();

        await Expect(visit["copy"].First).ToHaveTextAsync("Copied");
        Assert.Equal(packetId, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    }

    [Theory]
    [InlineData("/ops/consistency")]
    [InlineData("/api/v1/consistency?format=html")]
    public async Task OnAPhone_NothingIsOffToTheRight(string path)
    {
        await using var visit = await Operator("walker", phone: true);
        var packetId = await visit.Send("1.00", 1);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        foreach (var address in new[] { path, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}packetId={packetId}" })
        {
            await visit.Open(address);
            await visit.Page.Locator("td").First.WaitForAsync();

            Assert.Empty(await visit.Page.EvaluateAsync<string[]>(OffToTheRight));
            Assert.True(await visit.FitsItsWindow(), address);
        }
    }

    [Fact]
    public async Task OnPaper_AreRowsWithoutNavigationAndButtons()
    {
        await using var visit = await Operator("printer");
        await visit.Send("1.00", 1);
        await visit.Go("/ops/consistency");
        await Expect(visit["packet-line"].Last).ToBeVisibleAsync();

        await visit.Page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });

        await Expect(visit.Page.Locator("nav").First).ToBeHiddenAsync();
        Assert.Equal(0, await visit.Page.Locator("main button:visible:not(th button):not(.chip)").CountAsync());
        Assert.True(await visit.Page.EvaluateAsync<bool>(
            "() => [...document.querySelectorAll('.scroll')].every((at) => at.scrollHeight <= at.clientHeight + 1)"));
        await Expect(visit["packet-line"].Last).ToBeVisibleAsync();
    }

    private async Task<Visit> Operator(string name, string language = "en-GB", bool phone = false)
    {
        var visit = await host.Visit(language, phone: phone);
        await visit.SignIn(name, asOperator: true);
        return visit;
    }

    [GeneratedRegex("the server responded with a status of 40[04]")]
    private static partial Regex Refused();

    [GeneratedRegex("(?!Redis|UTC)[A-Za-z]{3,}")]
    private static partial Regex English();

    [GeneratedRegex(@"^¥[\d,]+\.\d\d$")]
    private static partial Regex Yuan();

    [GeneratedRegex(@"^[\d,]+$")]
    private static partial Regex Counted();
}
