using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>On the operations page of the demo an operator stops, hangs and poisons a room, and builds it again.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed class RoomsPageTests(PageHost host)
{
    [Theory]
    [InlineData("en-GB", "hang", "hung")]
    [InlineData("zh-CN", "stop", "已关闭")]
    public async Task BrokenRoom_ShowsIt_AndGoesOn(string language, string action, string word)
    {
        await using var visit = await host.Visit(language);
        await visit.SignIn("olga", asOperator: true);
        await visit.Open("/ops");
        var row = visit.Page.Locator("[data-room='statistics']");
        var others = visit.Page.Locator("[data-room][data-state='following'][data-broken='']");
        await Expect(others).ToHaveCountAsync(3);

        await visit[$"room-{action}-statistics"].ClickAsync();

        await Expect(row.Locator(".pill")).ToHaveTextAsync(word);
        await Expect(others).ToHaveCountAsync(2);
        await visit["room-start-statistics"].ClickAsync();
        await Expect(others).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task ButtonBuildAgain_CallsTheService_AndTheRoomFollows()
    {
        await using var visit = await host.Visit(phone: true);
        await visit.SignIn("olga", asOperator: true);
        await visit.Open("/ops");
        await visit["room-poison-risk"].ClickAsync();
        await Expect(visit.Page.Locator("[data-room='risk']")).ToHaveAttributeAsync("data-broken", "poisoned");
        Assert.True(await visit.FitsItsWindow());

        var built = await visit.Page.RunAndWaitForResponseAsync(
            () => visit["room-again-risk"].ClickAsync(), answer => answer.Url.EndsWith("/demo/rooms/risk/again", StringComparison.Ordinal));
        Assert.Equal(200, built.Status);

        await Expect(visit.Page.Locator("[data-room='risk'][data-state='following'][data-broken='']")).ToHaveCountAsync(1);
    }
}
