using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The stream of live numbers, shared by the tabs of a browser.</summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class StreamTests(PageHost host)
{
    [Fact]
    public async Task TabsOfABrowser_ShareOneStream_AndAnotherTabTakesItOver()
    {
        await using var visit = await host.Visit();
        var streams = 0;
        visit.Page.Context.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/api/v1/live", StringComparison.Ordinal))
                Interlocked.Increment(ref streams);
        };
        await visit.Open("/ops");
        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");
        var second = await visit.Page.Context.NewPageAsync();
        await second.GotoAsync("/ops");
        var state = second.Locator("[data-test=asof]");
        await Expect(state).ToHaveAttributeAsync("data-state", "live");
        Assert.Equal(1, Volatile.Read(ref streams));

        await visit.Page.CloseAsync();

        await Eventually.Holds(() => Volatile.Read(ref streams) == 2);
        await Expect(state).ToHaveAttributeAsync("data-state", "live");
    }
}
