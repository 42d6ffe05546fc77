using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The operations page: each fault is staged by its button, and the page shows the expected effect.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class OperationsPageTests(PageHost host)
{
    [Fact]
    public async Task LedgerDown_BacklogGrowsAndDrains_AndTheVerdictReturns()
    {
        await using var visit = await Operator();
        await Crowd(visit, perSecond: 100);
        await Expect(visit["crowd-figures"]).ToHaveAttributeAsync("data-running", "true");
        await Stage(visit, "ledger-down", 300);

        await Expect(Part(visit, "ledger")).ToHaveAttributeAsync("data-state", "stand");
        await Expect(Part(visit, "ledger")).ToContainTextAsync("STOPPED");
        await Eventually.Holds(async () => await visit.Number("outbox-number") > 100);
        await Expect(Verdict(visit)).ToHaveAttributeAsync("data-verdict", "CONVERGING");
        await Expect(visit["verdict-line"]).ToContainTextAsync("This is normal while people grab");
        await Expect(Part(visit, "outbox")).ToContainTextAsync("of these sent");
        await Expect(visit["time-to"]).ToHaveCountAsync(0);
        await Expect(Part(visit, "api")).ToHaveAttributeAsync("data-state", "run");
        Assert.All(
            await visit["plot"].EvaluateAllAsync<string[]>("all => all.map(plot => plot.dataset.faults)"),
            faults => Assert.Contains("ledger-down", faults, StringComparison.Ordinal));
        await visit["end-ledger-down"].ClickAsync();
        // The crowd goes on, and does not count.
        await Expect(visit["time-to"]).ToContainTextAsync("Ledger down");
        await visit["crowd-stop"].ClickAsync();

        await Expect(visit["crowd-figures"]).ToHaveAttributeAsync("data-running", "false");
        await Expect(Verdict(visit)).ToHaveAttributeAsync("data-verdict", "CONSISTENT");
        await Eventually.Holds(async () => await visit.Number("outbox-number") == 0);
        await Expect(Part(visit, "ledger")).Not.ToHaveAttributeAsync("data-state", "stand");
        await Expect(visit["time-to"]).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Plots_RememberTheirWindow_AndAreSavedAsAPicture()
    {
        await using var visit = await Operator();
        await Expect(visit["window-event"]).ToHaveAttributeAsync("aria-pressed", "true");
        await visit["window-five"].ClickAsync();
        await visit["window-one"].ClickAsync();
        await visit.Page.ReloadAsync();
        await Expect(visit["window-one"]).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(visit["plot"]).ToHaveCountAsync(5);

        var picture = await visit.Page.RunAndWaitForDownloadAsync(() => visit["plots-save"].ClickAsync());

        Assert.Matches(@"^redpacket-plots-\d{4}-\d\d-\d\dT\d{6}\.png$", picture.SuggestedFilename);
        var bytes = await File.ReadAllBytesAsync(await picture.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Equal([0x89, 0x50, 0x4e, 0x47], bytes[..4]);
        Assert.True(bytes.Length > 10_000, $"{bytes.Length} bytes");
    }

    [Fact]
    public async Task CardOfTheStartPage_LeadsToTheCrowd()
    {
        await using var visit = await host.Visit();
        await visit.Page.SetViewportSizeAsync(1280, 400);
        await visit.Open("/");
        await visit["way-load"].ClickAsync();
        await Expect(visit.Page.Locator("#crowd")).ToBeInViewportAsync();

        await visit["become-operator"].ClickAsync();

        await Expect(visit["crowd-start"]).ToBeInViewportAsync();
    }

    [Theory]
    [InlineData("broker-away", "outbox")]
    [InlineData("worker-hung", "settlement")]
    public async Task StoppedPart_IsShownAsStopped_AndRecovers(string fault, string part)
    {
        await using var visit = await Operator();
        await Crowd(visit, perSecond: 50);
        await Stage(visit, fault, 300);

        await Expect(Part(visit, part)).ToHaveAttributeAsync("data-state", "stand");
        await Expect(visit["plot"].First).ToHaveAttributeAsync("data-faults", new System.Text.RegularExpressions.Regex(fault));
        await End(visit, fault);
        await visit["crowd-stop"].ClickAsync();

        await Consistent(visit);
    }

    [Fact]
    public async Task FaultsThatChangeNoSum_AreMarkedOnPlots_AndEndInTimeOrEarly()
    {
        string[] faults = ["ledger-failing", "deliveries-twice", "deliveries-out-of-order"];
        await using var visit = await Operator();
        await Crowd(visit, perSecond: 50);
        foreach (var fault in faults)
            await Break(visit, fault, 2);

        foreach (var fault in faults)
        {
            // Once the plot has its mark, it has begun, and may be over.
            await Expect(visit["plot"].First).ToHaveAttributeAsync("data-faults", new System.Text.RegularExpressions.Regex(fault));
            await Expect(Card(visit, fault)).ToHaveAttributeAsync("data-active", "false");
            await Stage(visit, fault, 300);
            await End(visit, fault);
        }
        await visit["crowd-stop"].ClickAsync();

        await Consistent(visit);
    }

    [Theory]
    [InlineData("entry-lost")]
    [InlineData("api-killed")]
    public async Task PendingFault_CanBeEndedEarly(string fault)
    {
        await using var visit = await Operator();
        await Stage(visit, fault, 60);

        await End(visit, fault);

        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");
    }

    [Fact]
    public async Task ApiKilled_PageLosesItsNumbers_AndReconnects()
    {
        await using var visit = await Operator();
        visit.Allowed = new("ERR_|50[23]");
        await visit.Page.Locator("[name=seconds-api-killed]").FillAsync("1");
        await visit["break-api-killed"].ClickAsync();

        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "lost");
        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");
        await Expect(visit["asof"]).ToContainTextAsync("as of");
        await Eventually.Holds(async () => await visit.Page.EvaluateAsync<int>("async () => (await fetch('/health/ready')).status") == 200);
        await Consistent(visit);
    }

    [Fact]
    public async Task FaultButtons_AreShownToOperatorsOnly()
    {
        await using var visit = await host.Visit("zh-CN", ColorScheme.Dark, phone: true);
        await visit.Open("/ops");
        await Expect(visit.Page.Locator("[data-fault]")).ToHaveCountAsync(0);

        await visit["become-operator"].ClickAsync();

        await Expect(visit.Page.Locator("[data-fault]")).ToHaveCountAsync(8);
        await Expect(visit.Page.Locator("h2").GetByText("搞破坏")).ToBeVisibleAsync();
        Assert.True(
            await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"),
            "the page is wider than the phone");
        await visit.Page.Locator("main").GetByText("查看报告").ClickAsync();
        await Expect(visit.Page).ToHaveURLAsync(new Uri(host.Address, "/ops/consistency").AbsoluteUri);
    }

    [Fact]
    public async Task CrowdWithStages_FollowsThem_AndABadTextIsExplained()
    {
        await using var visit = await Operator();
        visit.Allowed = new("400");
        var stages = visit.Page.Locator("[name=crowd-stages]");
        await stages.FillAsync("10s:5");
        await Expect(visit.Page.Locator("[name=crowd-perSecond]")).ToBeDisabledAsync();
        await visit["crowd-start"].ClickAsync();
        await Expect(visit.Page.Locator(".crowd .problem")).ToContainTextAsync("0:100,10s:1500,20s:100");

        await stages.FillAsync("0:5,1s:20");
        await visit["crowd-start"].ClickAsync();

        await Expect(visit.Page.Locator(".crowd .problem")).ToHaveCountAsync(0);
        await Eventually.Holds(async () => await visit.Number("crowd-figures") > 0);
        await Expect(visit["crowd-figures"]).ToHaveAttributeAsync("data-running", "false");
    }

    [Fact]
    public async Task ShardsRaised_TheNewOneIsShownWithItsGateAndOutbox()
    {
        await using var visit = await Operator();
        await Expect(visit["house"]).ToHaveAttributeAsync("data-count", "1");
        await Expect(visit.Page.Locator("[data-shard]")).ToHaveCountAsync(1);

        await visit.Page.Locator("[name=house-shards]").FillAsync("2");
        await visit["house-raise"].ClickAsync();

        await Expect(visit["house"]).ToHaveAttributeAsync("data-count", "2");
        await Expect(visit.Page.Locator("[data-shard='1']")).ToHaveAttributeAsync("data-gate", "open");
        await Expect(visit.Page.Locator("[data-shard='1'] .n")).ToContainTextAsync("0");
        await Expect(visit.Page.Locator("[data-shard='1']")).ToContainTextAsync("all");
    }

    [Fact]
    public async Task Shards_AreShownToOperatorsOnly()
    {
        await using var visit = await host.Visit();

        await visit.Open("/ops");

        await Expect(visit["way"]).ToBeVisibleAsync();
        await Expect(visit["house"]).ToHaveCountAsync(0);
    }

    private async Task<Visit> Operator()
    {
        var visit = await host.Visit();
        await visit.Open("/ops");
        await visit["become-operator"].ClickAsync();
        await visit.Page.Locator("[data-fault]").First.WaitForAsync();
        return visit;
    }

    private static async Task Crowd(Visit visit, int perSecond)
    {
        await visit.Page.Locator("[name=crowd-perSecond]").FillAsync($"{perSecond}");
        await visit.Page.Locator("[name=crowd-seconds]").FillAsync("900");
        await visit.Page.Locator("[name=crowd-packets]").FillAsync("75");
        await visit["crowd-start"].ClickAsync();
        await Eventually.Holds(async () => await visit.Number("crowd-figures") > 0);
    }

    private static async Task Stage(Visit visit, string fault, int seconds)
    {
        await Break(visit, fault, seconds);
        await Expect(Card(visit, fault)).ToHaveAttributeAsync("data-active", "true");
    }

    private static async Task Break(Visit visit, string fault, int seconds)
    {
        await visit.Page.Locator($"[name=seconds-{fault}]").FillAsync($"{seconds}");
        await visit[$"break-{fault}"].ClickAsync();
    }

    private static async Task End(Visit visit, string fault)
    {
        await visit[$"end-{fault}"].ClickAsync();
        await Expect(Card(visit, fault)).ToHaveAttributeAsync("data-active", "false");
    }

    private static ILocator Card(Visit visit, string fault) => visit.Page.Locator($"[data-fault={fault}]");

    private static ILocator Part(Visit visit, string part) => visit.Page.Locator($"[data-part={part}]");

    private static ILocator Verdict(Visit visit) => visit["verdict-line"].Locator("[data-test=verdict]");

    private static Task Consistent(Visit visit) =>
        Expect(Verdict(visit)).ToHaveAttributeAsync("data-verdict", "CONSISTENT");
}
