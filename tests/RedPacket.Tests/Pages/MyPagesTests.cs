using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>
/// The pages of a user: names in any script, the packets of this browser, and the transfers of the wallet.
/// </summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class MyPagesTests(PageHost host)
{
    private const string SendMany = """
        async (count) => {
          const ids = [];
          for (let n = 0; n < count; n++) {
            const { packetId } = await (await fetch('/api/v1/packets', { method: 'POST',
              headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `many-${n}` },
              body: JSON.stringify({ kind: 'equal', amountFen: n + 1, count: 1, greeting: `packet ${n + 1}` }) })).json();
            await fetch(`/api/v1/packets/${packetId}/grabs`, { method: 'POST' });
            ids.unshift({ packetId, ordinal: 1 });
          }
          return JSON.stringify(ids);
        }
        """;

    [Fact]
    public async Task NameInAnyScript_IsShownBesideItsId()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");
        await visit["who"].ClickAsync();
        await visit.Page.Locator("dialog [name=userId]").FillAsync("张三");
        await Expect(visit["who-id"]).ToHaveTextAsync("Your user id: name~5byg5LiJ");
        await visit["who-close"].ClickAsync();
        await visit.Be("张三");
        await Expect(visit["who"]).ToHaveTextAsync("张三");

        await visit.Send("1.00", 1);
        await visit["open"].ClickAsync();

        await Expect(visit.Page.Locator(".from")).ToHaveTextAsync("张三's red packet");
        await Expect(visit["shares"].Locator(".name")).ToContainTextAsync("张三");
        await Expect(visit["shares"].Locator(".name")).ToContainTextAsync("name~5byg5LiJ");
        await Expect(visit["balance"]).ToHaveTextAsync("¥1.00");
    }

    [Theory]
    [InlineData("a\u202Eb c")]
    [InlineData("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一")]
    public async Task NameThatIsNoText_IsRefused(string name)
    {
        await using var visit = await host.Visit();
        await visit.Open("/send");

        await visit.Page.Locator("main [name=userId]").FillAsync(name);
        await visit.Page.Locator("main [name=userId]").PressAsync("Enter");

        await Expect(visit["who-id"]).ToHaveTextAsync("A name has 1 to 30 characters, and no control characters.");
        await Expect(visit["who"]).ToHaveTextAsync("Who are you?");
    }

    [Theory]
    [InlineData("name~YWxpY2U")] // alice
    [InlineData("name~5byg5LiJ5byg5LiJ!")]
    [InlineData("name~5byg5Li")]
    [InlineData("name~5oKj4oCu")] // 患 and U+202E
    public async Task IdThatNoNameMakes_IsShownAsItIs(string userId)
    {
        await using var visit = await host.Visit();
        await visit.Open("/");

        var shown = await visit.Page.EvaluateAsync<string>("async id => (await import('/assets/js/names.js')).nameOf(id)", userId);

        Assert.Equal(userId, shown);
    }

    [Fact]
    public async Task StartPage_ListsThePacketsOfThisUser_NewestFirst()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");
        await Expect(visit["my-packets"]).ToHaveCountAsync(0);
        await visit.Be("collector");
        await Expect(visit["my-packets"]).ToContainTextAsync("You have not sent or opened a packet in this browser.");
        await visit.Send("1.00", 2, "first");
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        var share = await visit["my-share"].InnerTextAsync();
        await visit.Send("2.00", 2, "second");

        await visit.Go("/");

        await Expect(visit["my-packet"].Locator("a")).ToHaveTextAsync(["second", "first"]);
        await Expect(visit["my-packet"].Nth(1)).ToContainTextAsync("sent by you · ¥1.00 · 1 / 2");
        await Expect(visit["my-packet"].Nth(1).Locator(".amount")).ToHaveTextAsync($"+{share}");
        await Expect(visit["my-packet"].Nth(1).Locator("[data-test=state]")).ToHaveTextAsync("Open");
        await visit["my-packet"].Nth(1).Locator("a").ClickAsync();
        await Expect(visit["greeting"]).ToHaveTextAsync("first");
        await visit.Be("stranger");
        await visit.Open("/");
        await Expect(visit["my-packet"]).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ManyPacketsAndTransfers_AreShownInPages_AndSavedWhole()
    {
        await using var visit = await host.Visit("zh-CN", phone: true);
        await visit.SignIn("saver");
        await visit.Open("/");
        var packets = await visit.Page.EvaluateAsync<string>(SendMany, 21);
        await visit.Page.EvaluateAsync("list => localStorage.setItem('redpacket-packets saver', list)", packets);
        await visit.Open("/");
        await Expect(visit["my-packet"]).ToHaveCountAsync(10);
        await visit["mine-more"].ClickAsync();
        await Expect(visit["my-packet"]).ToHaveCountAsync(20);
        await Expect(visit["balance"]).ToHaveTextAsync("¥2.31");

        await visit["statement-open"].ClickAsync();

        await Expect(visit["transfer"]).ToHaveCountAsync(20);
        await Expect(visit["transfer"].First).ToContainTextAsync("+¥0.21");
        await Expect(visit["statement-previous"]).ToBeDisabledAsync();
        await visit["statement-next"].ClickAsync();
        await Expect(visit["transfer"]).ToHaveCountAsync(1);
        await Expect(visit["transfer"]).ToContainTextAsync("+¥0.01");
        await Expect(visit["statement-next"]).ToBeDisabledAsync();
        await visit["statement-previous"].ClickAsync();
        await Expect(visit["transfer"]).ToHaveCountAsync(20);
        var file = await visit.Page.RunAndWaitForDownloadAsync(() => visit["statement-csv"].ClickAsync());
        Assert.Equal("wallet-saver.csv", file.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await file.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal("id,kind,packetId,ordinal,amountFen,grantedAt,settledAt,amountYuan", lines[0]);
        Assert.Equal(Enumerable.Range(1, 21).Select(fen => $"{fen}"), lines[1..^1].Select(line => line.Split(',')[4]));
        await visit.Page.Locator("[name=statement-to]").FillAsync("2001-01-31");
        file = await visit.Page.RunAndWaitForDownloadAsync(() => visit["statement-csv"].ClickAsync());
        Assert.Equal("wallet-saver-2001-01-31.csv", file.SuggestedFilename);
        lines = await File.ReadAllLinesAsync(await file.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal(["end,0,,,,,,"], lines[1..]);
        Assert.True(await visit.FitsItsWindow());
    }

    [Fact]
    public async Task ChangeOfIdentityThatTakesItsTime_ReadsNothingOfTheFormerUser()
    {
        await using var visit = await host.Visit();
        await visit.SignIn("former");
        await visit.Open("/");
        await Expect(visit["wallet"]).ToBeVisibleAsync();
        // The browser has the new cookie, and the page does not know it yet. The inbox is read every two seconds.
        await visit.Page.RouteAsync("**/demo/who", async route =>
        {
            var answer = await route.FetchAsync();
            await Eventually.Pause(TimeSpan.FromSeconds(5));
            await route.FulfillAsync(new RouteFulfillOptions { Response = answer });
        });

        await visit.Be("next");

        // A refused read would be an error on the console, which the visit looks for at its end.
        await Expect(visit["who"]).ToHaveTextAsync("next");
        await Expect(visit["wallet"]).ToBeVisibleAsync();
    }
}
