using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The form that sends a packet: it says in words what is wrong, at the field.</summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class SendFormTests(PageHost host)
{
    private static readonly string[] s_boxes =
        ["[value=lucky]", "[value=equal]", ".segment:first-child", ".segment:last-child", "[name=amount]", "[name=count]"];

    [Theory]
    [InlineData("lucky", "300000", "100", "amount", "A packet holds at most ¥200,000.00.")]
    [InlineData("lucky", "0", "100", "amount", "A packet holds at least ¥0.01.")]
    [InlineData("lucky", "1.234", "100", "amount", "Enter an amount in yuan with at most two decimals, such as 88.88.")]
    [InlineData("lucky", "0.50", "100", "amount", "100 shares need at least ¥1.00, because each share has at least ¥0.01.")]
    [InlineData("equal", "1.00", "3", "amount", "¥1.00 does not divide into 3 equal shares. The nearest totals that do:")]
    [InlineData("lucky", "100", "0", "count", "Enter a whole number of shares, from 1 to 100,000.")]
    [InlineData("lucky", "100", "1.5", "count", "Enter a whole number of shares, from 1 to 100,000.")]
    [InlineData("lucky", "2000", "100001", "count", "Enter a whole number of shares, from 1 to 100,000.")]
    public async Task BrokenLimit_IsSaidAtItsFieldAndOnTheButton(
        string kind, string amount, string count, string field, string text)
    {
        await using var visit = await Form();

        await visit.Page.Locator($"[name=kind][value={kind}]").CheckAsync();
        await visit.Page.Locator("[name=amount]").FillAsync(amount);
        await visit.Page.Locator("[name=count]").FillAsync(count);

        await Expect(visit[$"{field}-help"]).ToHaveTextAsync(text);
        await Expect(visit.Page.Locator($"[name={field}]")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(visit.Page.Locator($"[name={field}]")).ToHaveAccessibleDescriptionAsync(text);
        await Expect(visit["send"]).ToHaveTextAsync(field == "amount" ? "Check the total first" : "Check the number of shares first");
        await Expect(visit["send"]).ToBeDisabledAsync();
    }

    [Fact]
    public async Task TotalThatDoesNotDivide_IsReplacedByTheNearestThatDoes()
    {
        await using var visit = await Form();
        await visit.Page.Locator("[name=kind][value=equal]").CheckAsync();
        await visit.Page.Locator("[name=amount]").FillAsync("1000");
        await visit.Page.Locator("[name=count]").FillAsync("3");
        await Expect(visit["nearest-0"]).ToHaveTextAsync("¥999.99");
        await Expect(visit["nearest-1"]).ToHaveTextAsync("¥1,000.02");

        await visit["nearest-1"].ClickAsync();

        await Expect(visit.Page.Locator("[name=amount]")).ToHaveValueAsync("1000.02");
        await visit["send"].ClickAsync();
        await Expect(visit["grabbed"]).ToHaveTextAsync("0 / 3");
    }

    [Fact]
    public async Task LongGreeting_IsRefusedByTheForm()
    {
        await using var visit = await Form();

        await visit.Page.Locator("[name=greeting]").FillAsync(string.Concat(Enumerable.Repeat("👨‍👩‍👧", 100)));
        await Expect(visit["send"]).ToBeEnabledAsync();
        await visit.Page.Locator("[name=greeting]").FillAsync(new string('发', 101));

        await Expect(visit["greeting-help"]).ToHaveTextAsync("A greeting has at most 100 characters.");
        await Expect(visit["send"]).ToHaveTextAsync("Check the greeting first");
    }

    [Fact]
    public async Task Refusal_ShowsTheServersDetail_UntilAFieldChanges()
    {
        await using var visit = await Form();
        visit.Allowed = new("400");
        await visit.Page.Locator("[name=greeting]").FillAsync("a\u202Eb");
        await visit["send"].ClickAsync();
        var problem = visit.Page.Locator("main [role=alert]");
        await Expect(problem).ToContainTextAsync("greeting_invalid");
        await Expect(problem).ToContainTextAsync("bidirectional overrides");

        await visit.Page.Locator("[name=greeting]").FillAsync("ab");

        await Expect(problem).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("en-GB", false)]
    [InlineData("en-GB", true)]
    [InlineData("zh-CN", true)]
    public async Task Fields_AreAlignedAndRadioButtonsAreRound(string language, bool phone)
    {
        await using var visit = await Form(language, phone);

        var boxes = new Dictionary<string, LocatorBoundingBoxResult>();
        foreach (var name in s_boxes)
            boxes[name] = (await visit.Page.Locator($"form.card {name}").BoundingBoxAsync())!;

        Assert.All(new[] { boxes["[value=lucky]"], boxes["[value=equal]"] }, radio => Assert.Equal(radio.Width, radio.Height, 0.1f));
        Assert.Equal(boxes[".segment:first-child"].Width, boxes[".segment:last-child"].Width, 0.1f);
        Assert.Equal(boxes[".segment:first-child"].X, boxes["[name=amount]"].X, 0.1f);
        Assert.Equal(boxes[".segment:last-child"].X, boxes["[name=count]"].X, 0.1f);
        Assert.Equal(boxes["[name=amount]"].Y, boxes["[name=count]"].Y, 0.1f);
    }

    private async Task<Visit> Form(string language = "en-GB", bool phone = false)
    {
        var visit = await host.Visit(language, phone: phone);
        await visit.SignIn("sender");
        await visit.Page.RunAndWaitForResponseAsync(() => visit.Open("/send"), "**/api/v1/info");
        return visit;
    }
}
